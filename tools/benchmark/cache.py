"""What the benchmark has found: a file of JSON for each case, in git, with a line for each search and each cell.

asked       the effort for each method, and what else the targets depend on
targets     the metric, its start, the best value known, and the values to reach
tuned       what the search of each method has found, by its name
scaled      for each method, under each condition of a comparison, the factor of its step sizes
cells       for each method, under each condition, for each seed, what it has cost up to each target
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmark.measuring import Measured
from benchmark.scaling import Scaled
from benchmark.targets import Targets
from benchmark.tuning import Tuned

Place = tuple[str, str, int]
"""Where a cell stands: method, condition, seed."""


@dataclass
class CaseFile:
    """The file of a case; what is written into it is on disk at once.

    Attributes:
        asked: what the targets depend on.
        targets: None: there are none yet.
        tuned: by method.
        scaled: by method and condition.
        cells: by method, condition and seed.
    """

    path: Path
    asked: Mapping[str, Any] = field(default_factory=dict)
    targets: Targets | None = None
    tuned: dict[str, Tuned] = field(default_factory=dict)
    scaled: dict[tuple[str, str], Scaled] = field(default_factory=dict)
    cells: dict[Place, Measured] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> CaseFile:
        """Return what a file holds; an empty one where there is none."""
        if not path.exists():
            return cls(path)
        held = json.loads(path.read_text("utf-8"))
        cells = {
            (method, condition, int(seed)): Measured(**measured)
            for method, conditions in held["cells"].items()
            for condition, seeds in conditions.items()
            for seed, measured in seeds.items()
        }
        scaled = {
            (method, condition): Scaled(**found)
            for method, conditions in held.get("scaled", {}).items()  # files of before have none
            for condition, found in conditions.items()
        }
        targets = held["targets"] and Targets(**held["targets"])
        tuned = {method: Tuned(**found) for method, found in held["tuned"].items()}
        return cls(path, held["asked"], targets, tuned, scaled, cells)

    def is_measured(self) -> bool:
        """Return whether every method that has settings has all its cells on all topologies."""
        measured = Counter((method, condition) for method, condition, _ in self.cells)
        able = [method for method, found in self.tuned.items() if found.value is not None]
        return self.targets is not None and all(
            measured[method, topology] == self.asked["seeds"]
            for method in able
            for topology in self.asked["topologies"]
        )

    def drop_others(self, methods: Collection[str], seeds: Collection[int]) -> None:
        """Forget what was found for methods that take no part any more, and cells of other seeds."""
        self.tuned = {method: found for method, found in self.tuned.items() if method in methods}
        self.scaled = {place: found for place, found in self.scaled.items() if place[0] in methods}
        self.cells = {
            place: measured
            for place, measured in self.cells.items()
            if place[0] in methods and place[2] in seeds
        }

    def write(self) -> None:
        """Write the file in one go: killed, there is the one before or this one."""
        new = self.path.with_suffix(".new")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new.write_text("\n".join(self._lines()) + "\n", encoding="utf-8")
        new.replace(self.path)

    def as_json(self) -> dict[str, Any]:
        """Return all that is known, as JSON-able values."""
        cells: dict[str, dict[str, dict[str, Any]]] = {}
        for (method, condition, seed), measured in sorted(self.cells.items()):
            cells.setdefault(method, {}).setdefault(condition, {})[str(seed)] = asdict(measured)
        scaled: dict[str, dict[str, Any]] = {}
        for (method, condition), found in sorted(self.scaled.items()):
            scaled.setdefault(method, {})[condition] = asdict(found)
        return {
            "asked": self.asked,
            "targets": self.targets and asdict(self.targets),
            "tuned": {method: asdict(found) for method, found in sorted(self.tuned.items())},
            "scaled": scaled,
            "cells": cells,
        }

    def _lines(self) -> Iterator[str]:
        held = self.as_json()
        yield "{"
        yield f'"asked": {json.dumps(held["asked"])},'
        yield f'"targets": {json.dumps(held["targets"])},'
        yield f"{_lines_of('tuned', held['tuned'], 1)},"
        yield f"{_lines_of('scaled', held['scaled'], 2)},"
        yield _lines_of("cells", held["cells"], 3)
        yield "}"


def _lines_of(name: str, values: Mapping[str, Any], depth: int) -> str:
    """Return an object of JSON under its name, on lines of its own down to ``depth`` objects below."""
    if not depth:
        return f"{json.dumps(name)}: {json.dumps(values, ensure_ascii=False)}"
    inner = ",\n".join(_lines_of(key, value, depth - 1) for key, value in values.items())
    return f"{json.dumps(name)}: {{\n{inner}\n}}"
