"""Mixing measured: X ← W X from a random start, and the rounds that halve its disagreement.

ε_t = ‖X_t − X̄_t‖ / ‖X_0 − X̄_0‖,   E ε_t² ≈ mean of λ_i^2t over the eigenvalues of W but the 1 of agreement

A random start lies mostly in directions that W contracts fast, so ε falls fast at first: the average case. Those
directions vanish, and ε_{t+1} / ε_t rises to λ = max(|λ₂|, |λ_K|), the worst case.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from p2pbo.extras import require
from p2pbo.randomness import generator
from p2pbo.topology.spectrum.laplacian import sparse_laplacian
from p2pbo.topology.spectrum.report import rounds_to_halve
from p2pbo.topology.topology import Topology

MOST_ROUNDS = 100_000
"""The rounds after which a decay that is not steady is given up: a ring of more than 600 nodes."""

_STARTS, _NUMBERS = 4, 1024
"""At least so many starts, and on small networks so many numbers in all, to average chance out."""
_AGREED = 1e-12
_CHECKED_EVERY = 16
_STEADY = 1e-4


@dataclass(frozen=True)
class HalvingRounds:
    """The rounds of mixing that halve a random disagreement, at least 1; None where ``MOST_ROUNDS`` do not tell.

    Attributes:
        early: the average until a tenth of the disagreement is left.
        late: the number once the decay is steady.
    """

    early: float | None
    late: float | None


def measure_mixing(topology: Topology, seed: int) -> HalvingRounds:
    """Mix from a random start until the decay is steady, and return the rounds that halve the disagreement.

    Raises:
        InputError: scipy is not installed.
    """
    left, early = [0.0], None
    for now in islice(log_disagreements(topology, seed), MOST_ROUNDS):
        left.append(now)
        t = len(left) - 1
        if early is None and now <= -math.log(10):
            early = rounds_to_halve(_mean_gap(left, 0, t))
        if now == -math.inf:
            return HalvingRounds(early, rounds_to_halve(1.0))
        if t % _CHECKED_EVERY == 0 and _steady(left, topology.nodes):
            return HalvingRounds(early, rounds_to_halve(_mean_gap(left, 3 * t // 4, t)))
    return HalvingRounds(early, None)


def log_disagreements(topology: Topology, seed: int) -> Iterator[float]:
    """Yield ln ε_t of rounds t = 1, 2, …, up to −∞ where the nodes agree but for rounding.

    Raises:
        InputError: scipy is not installed.
    """
    require("scipy", extra="run")
    from scipy.sparse import eye_array, kron

    K = topology.nodes
    starts = max(_STARTS, _NUMBERS // K)
    W = eye_array(K) - sparse_laplacian(topology.edges, topology.weight)
    W_each = kron(eye_array(starts), W, format="csr")  # faster than one product with all columns
    X = generator(seed, "averaging").standard_normal((starts, K))
    X -= X.mean(axis=1, keepdims=True)
    log_left, norm = 0.0, float(np.linalg.norm(X))
    while log_left > -math.inf:
        X /= norm or 1.0  # ε itself would underflow; a node alone has none
        X = (W_each @ X.ravel()).reshape(starts, K)
        X -= X.mean(axis=1, keepdims=True)  # which W keeps but for rounding, and that does not die out
        norm = float(np.linalg.norm(X))
        log_left += math.log(norm) if norm > _AGREED else -math.inf
        yield log_left


def _mean_gap(left: Sequence[float], since: int, now: int) -> float:
    """Return the mean decay of a round, 1 − (ε_now / ε_since)^(1 / (now − since)), where left[t] = ln ε_t."""
    return -math.expm1((left[now] - left[since]) / (now - since))


def _steady(left: Sequence[float], nodes: int) -> bool:
    """Tell whether the third and the last quarter decay alike, late enough for the slowest direction to show.

    That direction has about 1/K of ε_0². Once ε_t² ≤ 1/(100 K), it too is below a tenth of its start, and the faster
    decay of many other directions no longer hides it.
    """
    t = len(left) - 1
    if left[t] > -math.log(10 * math.sqrt(nodes)):
        return False
    before, last = _mean_gap(left, t // 2, 3 * t // 4), _mean_gap(left, 3 * t // 4, t)
    return before - last <= _STEADY * last
