"""Measured points, kept in a JSON file with all that decides their numbers."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from theory.points import Point


class Cache:
    """The measured points of a claim; a point that is described otherwise is another one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        held = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        self._values = {_key(entry["point"]): entry["values"] for entry in held}

    def values(self, point: Point) -> list[float] | None:
        """Return what was measured at a point, None where nothing was."""
        return self._values.get(_key(point.described))

    def keep(self, point: Point, values: list[float]) -> None:
        """Keep what was measured at a point, on disk at once."""
        self._values[_key(point.described)] = values
        self._write()

    def forget_others(self, points: Iterable[Point]) -> None:
        """Forget all but these points."""
        asked = {_key(point.described) for point in points}
        if self._values.keys() - asked:
            self._values = {key: values for key, values in self._values.items() if key in asked}
            self._write()

    def _write(self) -> None:
        entries = [
            json.dumps({"point": json.loads(key), "values": values}, sort_keys=True)
            for key, values in sorted(self._values.items())
        ]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_suffix(".part")
        part.write_text("[\n" + ",\n".join(entries) + "\n]\n", encoding="utf-8")
        part.replace(self._path)


def measure_missing(cache: Cache, points: Iterable[Point], name: str) -> None:
    """Measure the points that the cache lacks, one after another."""
    points = list(points)
    cache.forget_others(points)
    for point in points:
        if cache.values(point) is None:
            began = time.process_time()
            cache.keep(point, point.measured())
            print(f"{name} {point.x:g}: {time.process_time() - began:.1f} s", flush=True)


def _key(described: dict[str, Any]) -> str:
    return json.dumps(described, sort_keys=True)
