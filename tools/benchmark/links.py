"""Links and computing times, for modelled seconds.

Fast links are those of a room of machines, slow ones those of radio or of a house's uplink. Computing is counted, not
measured, so that seconds are the same on every machine: each gradient of a batch takes a millisecond, and a product
with second derivatives, which is a gradient of a gradient, two.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from step_costs.counting import BOTH, GRADIENTS, HXY, HYY, LOWER, LOWER_GRADIENTS, step_cost

LINKS: Mapping[str, Mapping[str, Any]] = {
    "fast": {"topology.bandwidth": 1.25e9, "topology.latency": 0.05},
    "slow": {"topology.bandwidth": 1.25e5, "topology.latency": 10.0},
}
"""The fields of a run on each kind of link: 10 Gbit/s and 0.05 ms, 1 Mbit/s and 10 ms, one way."""

FAST, SLOW = LINKS

GRADIENTS_IN: Mapping[str, int] = {GRADIENTS: 1, LOWER_GRADIENTS: 1, LOWER: 1, HYY: 2, HXY: 2, BOTH: 3}
"""How many gradients each oracle call takes; both products share the gradient that they differentiate."""

MILLISECONDS = 1
"""How long a node computes for each."""


@cache
def compute_time(algorithm: str) -> str:
    """Return how long a node computes in a step of a method, as ``--compute-time`` takes it."""
    calls = step_cost(algorithm).oracles
    gradients = sum(GRADIENTS_IN[oracle] * amount.constant for oracle, amount in calls.items())
    return f"{gradients * MILLISECONDS}ms"
