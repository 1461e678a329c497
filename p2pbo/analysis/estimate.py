"""Estimates over seeds: v̄ ± s/√n with s² = Σ(v − v̄)²/(n − 1)."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

_FINEST = 6
"""The decimals beyond which a value is not written out."""


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds with its standard error.

    Attributes:
        mean: the mean v̄.
        error: the standard error s/√n; None with one seed.
    """

    mean: float
    error: float | None

    @classmethod
    def over(cls, values: Sequence[float], data_seeds: Sequence[Hashable] | None = None) -> Estimate:
        """Return the estimate from the values of the seeds, at least one.

        Args:
            values: a value for each run.
            data_seeds: the seeds of the runs' data; where there are several, runs on the same data are no independent
                figures, and count as one: their mean.
        """
        if data_seeds is not None:
            values = means_by_data(values, data_seeds)
        n = len(values)
        with np.errstate(invalid="ignore"):  # the error of an infinite loss is NaN
            error = float(np.std(values, ddof=1) / np.sqrt(n)) if n > 1 else None
            return cls(float(np.mean(values)), error)

    def texts(self) -> tuple[str, ...]:
        """Return the mean and the error, if any, as texts: two digits of the error, and the mean to the same place."""
        if self.error is None:
            return (_text(self.mean),)
        if not self.error or not math.isfinite(self.error):
            return _text(self.mean), f"{self.error:g}"
        decimals = 1 - math.floor(math.log10(self.error))
        if decimals > _FINEST:
            return f"{self.mean:.6g}", f"{self.error:.2g}"
        return tuple(f"{figure:,.{max(0, decimals)}f}" for figure in (self.mean, self.error))

    def as_json(self) -> dict[str, float | None]:
        """Return ``{"mean": …, "error": …}``; missing and non-finite values are null."""
        figures = {"mean": self.mean, "error": self.error}
        return {
            key: value if value is not None and math.isfinite(value) else None
            for key, value in figures.items()
        }


def means_by_data(values: Sequence[float], data_seeds: Sequence[Hashable]) -> list[float]:
    """Return independent figures: the mean on the data of each seed; the values themselves where all data are one."""
    if len(set(data_seeds)) == 1:
        return list(values)
    of_data: dict[Hashable, list[float]] = {}
    for value, seed in zip(values, data_seeds, strict=True):
        of_data.setdefault(seed, []).append(value)
    return [float(np.mean(own)) for own in of_data.values()]


def _text(value: float) -> str:
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e15 else f"{value:.4g}"
