"""The index of several runs: what each has logged, and what tells it from the others, before values are read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.trace.formula_changes import FIRST_VERSION, changed_results
from p2pbo.trace.reading.contents import Contents
from p2pbo.trace.schema import Field
from p2pbo.trace.settings import flatten

NAMED_PARTS = ("algorithm", "problem", "data", "partition", "topology", "codec")


@dataclass(frozen=True)
class RunEntry:
    """The entry of a run in the index of several runs.

    Attributes:
        facts: path, status, seed, nodes, ranks, spectral_gap, and the names of its parts.
        settings: all other settings of its description, by dotted names.
        steps: the logged steps.
        fields: the fields of the logged metrics.
        dtypes: the types of the logged variables.
        version: the version of p2pbo that wrote it.
        outdated: the former behaviours of that version that give other results.
    """

    facts: dict[str, Any]
    settings: dict[str, Any]
    steps: NDArray[np.int64]
    fields: dict[str, Field]
    dtypes: dict[str, np.dtype[Any]]
    version: str
    outdated: list[str]

    @classmethod
    def of(cls, path: Path, contents: Contents, status: str) -> RunEntry:
        """Return the entry of the run with this trace and status."""
        settings = flatten(contents.description)
        facts = {
            "path": str(path),
            "status": status,
            "seed": settings.pop("seed", contents.attribute("seed")),
            "nodes": contents.nodes,
            "ranks": contents.attribute("ranks"),
            "spectral_gap": contents.attribute("spectral_gap"),
            **{part: settings.pop(part, None) for part in NAMED_PARTS},
            "weights": settings.pop("topology.weights", None),
        }
        settings.pop("nodes", None)
        fields = {name: contents.field(name) for name in contents.logged if name != "step"}
        dtypes = {name: variable.dtype for name, variable in contents.logged.items()}
        version = str(contents.attribute("p2pbo_version") or FIRST_VERSION)
        outdated = changed_results(version, contents.description)
        return cls(facts, settings, contents.values("step"), fields, dtypes, version, outdated)

    @property
    def size(self) -> tuple[int, int]:
        """The numbers of logged steps and of nodes."""
        return len(self.steps), self.facts["nodes"]

    def fills(self, field: Field, size: tuple[int, int]) -> bool:
        """Tell whether the run has values of ``field`` for all of ``size`` steps and nodes."""
        dims = len(field.dims)
        return field.name in self.fields and self.size[:dims] == size[:dims]
