"""Power laws fitted to measured points: the slope on log-log axes, and its confidence interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import linregress, t

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Fit:
    """A fitted power law y = exp(intercept) x^slope, and half the width of the slope's interval."""

    slope: float
    half_width: float
    intercept: float

    @property
    def interval(self) -> tuple[float, float]:
        """The confidence interval of the slope."""
        return self.slope - self.half_width, self.slope + self.half_width

    def at(self, x: float) -> float:
        """Return the fitted y at x."""
        return float(np.exp(self.intercept) * x**self.slope)


def fit_power(x: Sequence[float], y: Sequence[float]) -> Fit:
    """Fit a line to log y over log x by least squares.

    The interval is Student's, with two degrees of freedom less than there are points: it widens with the points' noise
    and where they do not lie on a line.
    """
    line = linregress(np.log(x), np.log(y))
    quantile = t.ppf((1 + CONFIDENCE) / 2, len(x) - 2)
    return Fit(float(line.slope), float(quantile * line.stderr), float(line.intercept))
