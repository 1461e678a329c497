"""Claims of theory about slopes, and the rule by which they are judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from theory.fits import Fit, fit_power
from theory.points import Point

TOLERANCE = 0.15
"""How far outside the interval a predicted slope may lie: logarithms and next orders bend the lines a little."""
WIDEST = 0.5
"""Half the width of an interval that is too wide for a verdict."""
ROUNDING = 1e-24
"""The largest ‖∇Φ(x̄)‖² that is rounding."""


class Rule(Enum):
    """What a claim says about its numbers."""

    SLOPE = "y goes as x^p"
    BOUND_FOR_LARGE_X = "y is at most C x^p, where x grows"
    BOUND_FOR_SMALL_X = "y is at most C x^p, where x goes to 0"
    VANISHES = "y is 0"


class Verdict(Enum):
    """What the measured points say about a claim."""

    AGREES = "agrees"
    BELOW = "holds, with room"
    DIFFERS = "differs"
    OPEN = "open"


@dataclass(frozen=True)
class Claim:
    """A claim: what the theory says, where, and the points that tell. ``remark`` explains what is found.

    ``predicted`` is p, the slope on log-log axes; nothing is fitted to what vanishes.
    """

    name: str
    says: str
    source: str
    across: str
    of: str
    points: tuple[Point, ...]
    predicted: float = 0.0
    rule: Rule = Rule.SLOPE
    remark: str = ""


@dataclass(frozen=True)
class Section:
    """Claims about one thing, which share a figure; ``how`` says how they are measured."""

    name: str
    title: str
    how: str
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class Finding:
    """A claim with its measured numbers; the values of a point are its seeds'."""

    claim: Claim
    values: Mapping[float, Sequence[float]]

    @property
    def means(self) -> dict[float, float]:
        """The mean over the seeds, by abscissa."""
        return {x: float(np.mean(values)) for x, values in self.values.items()}

    @property
    def fit(self) -> Fit:
        """The power law through the means."""
        return fit_power([*self.means], [*self.means.values()])

    @property
    def verdict(self) -> Verdict:
        """The verdict on the claim."""
        if self.claim.rule is Rule.VANISHES:
            return Verdict.AGREES if max(self.means.values()) <= ROUNDING else Verdict.DIFFERS
        return judge(self.fit, self.claim.predicted, self.claim.rule)


def judge(fit: Fit, predicted: float, rule: Rule = Rule.SLOPE) -> Verdict:
    """Judge whether a fitted slope is the predicted one, or, of a bound, leads away from it to the side that it allows.

    A bound C x^p holds in the end where y has a smaller exponent, if x grows, and a larger one, if x goes to 0.
    """
    if not fit.half_width <= WIDEST:
        return Verdict.OPEN
    low, high = fit.interval
    if low - TOLERANCE <= predicted <= high + TOLERANCE:
        return Verdict.AGREES
    below = {Rule.BOUND_FOR_LARGE_X: fit.slope < predicted, Rule.BOUND_FOR_SMALL_X: fit.slope > predicted}
    return Verdict.BELOW if below.get(rule) else Verdict.DIFFERS
