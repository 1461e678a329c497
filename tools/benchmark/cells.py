"""A cell: one method with its settings, on one case under one condition, for one seed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmark.cases import Case
from benchmark.conditions import GRAPHS, Condition
from benchmark.links import FAST, LINKS, compute_time
from benchmark.methods import Entrant
from benchmark.sources import source_digest
from p2pbo.config import Description
from p2pbo.config.sweep import Sweep

NO_STEP_SIZES = ("algorithm.eta",)
"""The settings found by searches that are no step sizes: η is the share of a round that a state takes."""

DECIMALS = 6
"""The significant digits of what is kept: settings are rounded before anything is measured with them."""


@dataclass(frozen=True)
class Cell:
    """A run of the benchmark.

    Attributes:
        case: the problem.
        entrant: the method.
        settings: what was found for it, by field.
        condition: that it is run under.
        seed: of its draws.
        data: the folder of files that are not in the package.
    """

    case: Case
    entrant: Entrant
    settings: Mapping[str, Any]
    condition: Condition
    seed: int
    data: Path

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of the run, but for its links."""
        return {
            **self.case.run(self.data),
            **self.entrant.run,
            **self.settings,
            **self.case.on(self.condition.topology, self.entrant),
            **self.condition.changes,
            "steps": self.condition.patience * self.case.steps,
            "compute_time": compute_time(self.entrant.algorithm),
            "seed": self.seed,
        }

    @property
    def asynchronous(self) -> bool:
        """Whether its nodes step without rounds."""
        return self.description().asynchronous == "on"

    def description(self, link: str = FAST, **others: Any) -> Description:
        """Return the run on links of this kind, with other fields laid over.

        Raises:
            InputError: the method does not run there.
        """
        return described({**self.fields, **LINKS[link], **others})

    def key(self, levels: Mapping[str, Any]) -> str:
        """Return what the cell's figures depend on, as a digest: its run, its method's files, and the targets."""
        return digest(portable(self.description(), self.data), source_digest(self.description()), levels)

    def times(self, factor: float) -> Cell:
        """Return the cell whose step sizes are so many times as large."""
        return replace(self, settings=scaled(self.settings, factor))


def scaled(settings: Mapping[str, Any], factor: float) -> dict[str, Any]:
    """Return settings whose step sizes are multiplied by a factor."""
    return {
        field: value if field in NO_STEP_SIZES else significant(factor * value)
        for field, value in settings.items()
    }


def described(fields: Mapping[str, Any]) -> Description:
    """Return the description of the run that these fields give, with every default written out.

    Raises:
        InputError: there is no such run.
    """
    (point,) = Sweep({}, [{}], {field: [value] for field, value in fields.items()}).points()
    return point.description


def portable(run: Description, data: Path) -> dict[str, Any]:
    """Return a run as JSON-able values, wherever the folders of its data and of its graph lie."""
    text = json.dumps(run.portable()).replace(f"{data}/", "").replace(f"{GRAPHS}/", "")
    values: dict[str, Any] = json.loads(text)
    return values


def significant(value: float) -> float:
    """Return a number with the digits that are kept."""
    return float(f"{value:.{DECIMALS}g}")


def digest(*parts: Any) -> str:
    """Return a short digest of JSON-able values."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]
