"""When the nodes of a simulation begin: out of step, as real nodes are.

start_i = φ_i · the time of i's first step      φ_i uniform in [0, 1), drawn for each node

Nodes that begin together and take the same time settle together for ever: what one sends then comes a moment too late
for all of its neighbours, and is a whole step old when it is used.
"""

from __future__ import annotations

import numpy as np

from p2pbo.asynchronous.node_edges import Reals
from p2pbo.randomness import keys, uniform


def start_times(first_step: Reals, seed: int) -> Reals:
    """Return when each node begins, (K,), in the unit of ``first_step``, the time of each node's first step."""
    # start_i = φ_i · the time of i's first step
    return uniform(keys(seed, "start", np.arange(len(first_step))), 0) * first_step
