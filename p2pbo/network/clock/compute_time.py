"""How long nodes compute in a step: always the same, drawn, or measured while the run goes on.

    10ms                 10 ms
    lognormal:10ms:0.5   10 ms · e^{0.5 n},  n standard normal, drawn by step and node: half of them are below 10 ms
    measured             what the node's rank has computed in the step, divided among the nodes that it hosts

A node's time is divided by its attribute ``speed``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from p2pbo.randomness import keys, normal

MEASURED = "measured"
"""The computing time that is not given but taken from the run's own clock."""

MOST, WIDEST = 1e9, 10.0
"""The largest number before a unit, and the largest deviation of a logarithm; beyond, drawn times overflow."""

_UNITS = {"us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0}
_NUMBER = r"(\d+(?:\.\d+)?)"
_FORM = re.compile(rf"(?P<drawn>lognormal:)?{_NUMBER}(us|µs|ms|s)(?(drawn):{_NUMBER})")


@dataclass(frozen=True)
class ComputeTime:
    """The seconds that a node of speed 1 computes in a step: their median, and the deviation of their logarithm."""

    median: float
    deviation: float = 0.0

    def of_step(self, step: int, nodes: int, seed: int) -> NDArray[np.float64]:
        """Return the seconds of every node in ``step``, (nodes,); draws are keyed by step and node."""
        if not self.deviation:
            return np.full(nodes, self.median)
        drawn = normal(keys(seed, "compute time", step, np.arange(nodes)), 0)
        times: NDArray[np.float64] = self.median * np.exp(self.deviation * drawn)
        return times


def parse_compute_time(text: str) -> ComputeTime | None:
    """Return what ``10ms`` or ``lognormal:10ms:0.5`` says; None for ``measured``.

    Raises:
        ValueError: it is none of them.
    """
    if text == MEASURED:
        return None
    found = _FORM.fullmatch(text)
    if found and 0 < float(found[2]) <= MOST and float(found[4] or 0) <= WIDEST:
        return ComputeTime(float(found[2]) * _UNITS[found[3]], float(found[4] or 0))
    if found and float(found[2]) > 0:
        raise ValueError(
            f"'{text}' is too much: write a time of at most {MOST:g}, and a deviation of at most {WIDEST:g}"
        )
    raise ValueError(
        f"'{text}' is no computing time: write 10ms (or us, s), lognormal:10ms:0.5, or {MEASURED}"
    )
