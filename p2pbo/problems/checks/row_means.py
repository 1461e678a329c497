"""The check that a loss is a mean over the rows of its batch: the same rows twice must not double it.

F(k) is the loss of the same rows k times over, at one point:

a mean over rows + what knows no row      F(1) = F(2) = F(3)
a sum over rows + what knows no row       F(3) − F(2) = F(2) − F(1) ≠ 0
sums over pairs of rows                   F(3) − F(2) > F(2) − F(1)
contrastive over the batch, as log k      F(3) − F(2) ≈ 0.6 (F(2) − F(1))

Only the second is refused, where batches are drawn: no batch then stands for all rows. What grows as fast but is no
sum exactly, or draws at random, or sees all rows in every step, is worth a notice.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np

from p2pbo.errors import InputError, Notice

Repeated = Callable[[int, int], float]
"""F(k, trial): trials differ in what the loss draws at random."""

TRIALS = 32
"""Evaluations of a loss that draws at random, for its mean."""

AS_FAST = 0.8
"""F(3) − F(2) ≥ AS_FAST (F(2) − F(1)): faster than a logarithm, which has 0.58."""


def check_mean(name: str, F: Repeated, rows: int, drawn: bool, precision: float) -> None:
    """Check that a loss is a mean over its ``rows`` rows; ``drawn``: steps see batches, not all rows.

    Raises:
        InputError: batches are drawn, and the loss is a sum over rows.
    """
    once, again = F(1, 0), F(1, 0)
    noise = 1000 * precision * abs(once)
    if abs(again - once) > noise:
        _notice(
            f"the {name} loss gives {once:.9g} and {again:.9g} for the same x, y and rows",
            "draw from torch's, numpy's or Python's global generator, which runs seed, and keep nothing between calls",
        )
        return
    trials = 1 if abs(F(1, 1) - once) <= noise else TRIALS
    try:
        values = np.array([[F(k, trial) for k in (1, 2, 3)] for trial in range(trials)])
    except Exception:  # it takes batches of a certain form only
        return
    means, spread = values.mean(axis=0), values.std(axis=0).max() / np.sqrt(trials)
    noise = max(1000 * precision * np.abs(means).max(), spread)
    rise, further = np.diff(means)
    if not abs(rise) > 5 * noise or not further / rise >= AS_FAST:
        return
    subject, twice = (
        f"the {name} loss",
        f"{rows} rows give {means[0]:.6g}, the same rows twice {means[1]:.6g}",
    )
    remedy = "divide by the number of rows, as reduction='mean' does"
    if drawn and trials == 1 and abs(further - rise) <= 2 * noise:
        raise InputError(
            subject, f"is a sum over its rows, and no batch stands for all of them: {twice}", remedy
        )
    _notice(f"{subject} grows with its rows like a sum: {twice}", remedy)


def _notice(cause: str, remedy: str) -> None:
    warnings.warn(f"{cause}; {remedy}", Notice, stacklevel=2)
