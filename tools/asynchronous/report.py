"""What has been measured so far, in a file that a study goes on with."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Report:
    """The results of cases by their names; each is measured once, and kept.

    Args:
        path: of the JSON file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.results: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}

    def measured(self, name: str, measure: Callable[[], Any]) -> Any:
        """Return the result of a case, which is measured unless it has been."""
        if name not in self.results:
            self.results[name] = measure()
            print(f"{name}: {self.results[name]}", flush=True)
            self._path.write_text(self.text(), encoding="utf-8")
        return self.results[name]

    def text(self) -> str:
        """Return all results as JSON."""
        return json.dumps(self.results, indent=2) + "\n"
