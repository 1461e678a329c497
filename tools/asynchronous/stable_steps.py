"""The largest step size, the same for x, y and z, with which asynchronous nodes are stable.

Steps lie on a lattice of two to an octave, between 2⁻⁸ and 2⁴, and are bisected. A run is stable if ‖∇Φ(x̄)‖ gets to
next to nothing, or if what is left, the largest of it and of the nodes' distances from their average, is smaller in the
last quarter of the run than in the one before. Growth is slow near the limit, and begins late: so a run takes 2,000
computing times, sixty messages over the slowest link, or sixty steps of the slowest node, whatever is more.
"""

from __future__ import annotations

import numpy as np

import p2pbo
from asynchronous.networks import SlowNetwork, run_on

PER_OCTAVE, LOWEST, HIGHEST = 2, -16, 8
"""The lattice: steps of 2^(k / PER_OCTAVE), LOWEST ≤ k ≤ HIGHEST."""

LEAST_TIME, TIMES, ROWS = 2000, 60, 40

LEFT = ("hypergradient_norm", "consensus_norm_x", "consensus_norm_y")
NOTHING = 1e-8

LATENCIES = (0.1, 0.5, 1.5, 2.5, 5.5, 10.5, 30.5)
"""No whole numbers: a message would come at the moment of a step."""
SLOWNESSES = (1.0, 3.0, 10.0, 30.0, 100.0)


def stable_step(problem: str, network: SlowNetwork) -> float:
    """Return the largest stable step size of the lattice; 0: none is."""
    low, high = LOWEST - 1, HIGHEST + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_stable(problem, network, _step(middle)) else (low, middle)
    return _step(low) if low >= LOWEST else 0.0


def is_stable(problem: str, network: SlowNetwork, step: float) -> bool:
    """Tell whether what is left falls in the end."""
    time = max(LEAST_TIME, TIMES * network.latency, TIMES * network.slow)
    steps = dict.fromkeys(("alpha", "beta", "gamma"), step)
    settings = {"batch": "all", "radius": "off", **steps}
    given = {"problem": problem, "algorithm": "async-soba", "exact": "on"}
    try:
        trace = run_on(
            network,
            settings,
            **given,
            steps=round(time),
            log_every=round(time / ROWS),
            divergence_factor=100.0,
            until=f"hypergradient_norm={NOTHING:g}",
        )
    except p2pbo.Diverged:
        return False
    left = np.max([trace.values(metric) for metric in LEFT], axis=0)
    *_, before, end = np.array_split(left, 4)
    return trace.ended_by is not None or bool(end.max() <= before.max())


def _step(place: int) -> float:
    return float(2.0 ** (place / PER_OCTAVE))
