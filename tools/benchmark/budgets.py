"""How much effort each method is given: the same for all methods of a case."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

SEARCHED_ON = 0
"""The seed that settings are searched on; what is measured has others."""

SCALED_ON = (SEARCHED_ON, 100)
"""The seeds that step sizes are scaled on: with one alone they would be as long as that one just bears."""


@dataclass(frozen=True)
class Budget:
    """The effort for each method of a case.

    Attributes:
        trials: whole runs that a search may spend.
        seeds: how many seeds each cell is measured on.
        topologies: that settings are measured on; they are searched on the first.
    """

    trials: int
    seeds: int
    topologies: tuple[str, ...]

    @property
    def measured_on(self) -> range:
        """The seeds that cells are measured on."""
        return range(SEARCHED_ON + 1, SEARCHED_ON + 1 + self.seeds)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON-able values."""
        return {**asdict(self), "topologies": [*self.topologies]}


BUDGETS = {
    "full": Budget(30, 5, ("ring", "torus", "er:0.3", "one-peer-exponential")),
    "half": Budget(30, 2, ("ring", "er:0.3")),
    "small": Budget(8, 2, ("ring", "er:0.3")),
}
"""The budgets by the names of --budget: half has the searches of full and fewer cells, which full goes on with."""

FEW = {
    "full": Budget(8, 2, ("ring", "er:0.3")),
    "half": Budget(8, 1, ("ring", "er:0.3")),
    "small": Budget(4, 1, ("ring", "er:0.3")),
}
"""The budgets of cases whose steps cost more."""
