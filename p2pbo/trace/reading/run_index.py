"""What is known of a run before its figures are read: what it logs, and what tells it from other runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.trace.formula_changes import FIRST, computed_otherwise
from p2pbo.trace.reading.contents import Contents
from p2pbo.trace.schema import Field
from p2pbo.trace.settings import flat

PARTS = ("algorithm", "problem", "data", "partition", "topology", "codec")


@dataclass(frozen=True)
class Run:
    """One run among others.

    Attributes:
        facts: path, status, seed, nodes, ranks, spectral_gap, and the names of its parts.
        settings: all else that its description says, by dotted names.
        steps: those that are logged.
        fields: what is logged at each of them.
        dtypes: and in which types.
        version: of p2pbo that wrote it.
        outdated: what that version computed otherwise.
    """

    facts: dict[str, Any]
    settings: dict[str, Any]
    steps: NDArray[np.int64]
    fields: dict[str, Field]
    dtypes: dict[str, np.dtype[Any]]
    version: str
    outdated: list[str]

    @classmethod
    def of(cls, path: Path, contents: Contents, status: str) -> Run:
        """Return the run whose trace this is, and how it stands."""
        settings = flat(contents.description)
        facts = {
            "path": str(path),
            "status": status,
            "seed": settings.pop("seed", contents.attribute("seed")),
            "nodes": contents.nodes,
            "ranks": contents.attribute("ranks"),
            "spectral_gap": contents.attribute("spectral_gap"),
            **{part: settings.pop(part, None) for part in PARTS},
            "weights": settings.pop("topology.weights", None),
        }
        settings.pop("nodes", None)
        fields = {name: contents.field(name) for name in contents.logged if name != "step"}
        dtypes = {name: variable.dtype for name, variable in contents.logged.items()}
        version = str(contents.attribute("p2pbo_version") or FIRST)
        outdated = computed_otherwise(version, contents.description)
        return cls(facts, settings, contents.values("step"), fields, dtypes, version, outdated)

    @property
    def size(self) -> tuple[int, int]:
        """Logged steps and nodes."""
        return len(self.steps), self.facts["nodes"]

    def fills(self, field: Field, size: tuple[int, int]) -> bool:
        """Tell whether it has a figure of ``field`` for each of that many steps and nodes."""
        dims = len(field.dims)
        return field.name in self.fields and self.size[:dims] == size[:dims]
