"""Runs of the experiments: what they have in common, and points made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from theory.measures import gap
from theory.points import SEEDS, Point

ALL = "all"
"""Full batches: no noise."""


def quadratic(**settings: Any) -> dict[str, Any]:
    """Return the quadratic problem with these settings."""
    return {"name": "quadratic", **settings}


def one_step(step: float, **more: Any) -> dict[str, Any]:
    """Return an algorithm's settings with the same step for x, y and z, and no momentum."""
    return {"alpha": step, "beta": step, "gamma": step, "theta": 1.0, **more}


def points(measure: str, runs: Mapping[float, Mapping[str, Any]], **options: Any) -> tuple[Point, ...]:
    """Return a point for each run, whose keys are the abscissas."""
    seeds = options.pop("seeds", SEEDS)
    return tuple(Point(x, measure, settings, options, seeds) for x, settings in runs.items())


def by_gap(runs: Iterable[Mapping[str, Any]]) -> dict[float, Mapping[str, Any]]:
    """Return the runs by 1/(1 − λ)."""
    return {1 / gap(settings): settings for settings in runs}
