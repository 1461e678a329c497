"""Points of a series: what is measured, of which run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from theory.measures import MEASURES

SEEDS = 3


@dataclass(frozen=True)
class Point:
    """A point of a series: its abscissa, and what is measured there over a few seeds.

    ``settings`` are keywords of p2pbo.run, and ``share``, which keeps so much of W's mixing: W ← I − share (I − W).
    """

    x: float
    measure: str
    settings: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict)
    seeds: int = SEEDS

    @property
    def described(self) -> dict[str, Any]:
        """All that decides the point's numbers, as JSON-able values."""
        return {
            "measure": self.measure,
            "options": dict(self.options),
            "seeds": self.seeds,
            "settings": dict(self.settings),
        }

    def measured(self) -> list[float]:
        """Measure the point: a number for each seed, or one for all."""
        return MEASURES[self.measure](self.settings, range(self.seeds), **self.options)
