"""Survivors that have recovered from deaths follow the average of their own directions again, by every mixing.

mean(V⁺) = mean(V) − β mean(U) over those who live: mean(T) = mean(U) of trackers, and what else a mixing preserves.
"""

from types import SimpleNamespace

import numpy as np
import pytest

from p2pbo.algorithms.composed_algorithm import ComposedAlgorithm, Rule
from p2pbo.algorithms.parts import ESTIMATORS, MIXINGS, Hypergradient
from p2pbo.algorithms.schedules import SCHEDULES
from p2pbo.network import EdgeCodecs, Network
from p2pbo.topology import build

NODES, DIM, BETA, DEAD = 8, 3, 0.1, [0, 3]
ALIVE = np.setdiff1d(np.arange(NODES), DEAD)
OWN = {"innovations-momentum": {"theta": 1.0}}  # else its directions only tend to their average
REMEMBERING = {
    "tracking",
    "atc-tracking",
    "push-pull",
    "ed",
    "extra",
    "error-feedback",
    "error-feedback-late",
}
STATES_ONLY = {"gossip", "atc", "tracking", "atc-tracking"}


IN_ROUNDS = [mixing for mixing in MIXINGS if not MIXINGS[mixing].make.asynchronous]
"""Ledgers of those without rounds are in tests/asynchronous/."""
NO_ORACLES = SimpleNamespace(blocks=[None])


class Constant(Hypergradient):
    """Every node's direction is its own and always the same."""

    variables = "x"

    def __init__(self):
        self.D = np.random.default_rng(1).standard_normal((NODES, DIM))

    def draw(self, sampler, step, size):
        return None

    def directions(self, oracles, point, sample):
        return (self.D,)


def steps(mixing, codec, recovered):
    """How the average of the living moves, once it is settled after the deaths, and how it should."""
    topology = build("er:0.7", NODES, seed=2)
    compression = EdgeCodecs({"x": [codec] * len(topology.source)}, {"x": codec})
    network = Network(topology, codecs=compression)
    made = MIXINGS[mixing].make(**OWN.get(mixing, {}))
    method = ComposedAlgorithm(
        Constant(), [Rule(ESTIMATORS["sgd"].make(), made, BETA, SCHEDULES.make("constant", 12))]
    )
    state, means = method.start((np.ones((NODES, DIM)),)), []
    for step in range(12):
        if step == 5:
            network.links.mark_failed(DEAD)
            if recovered:
                network.recover()
                state = method.recover(state)
        state = method.step(state, network, NO_ORACLES, None)
        means.append(state.variables[0].V[ALIVE].mean(axis=0))
    return np.diff(means, axis=0)[7:], -BETA * method.hypergradient.D[ALIVE].mean(axis=0)


CASES = [
    *((mixing, "none") for mixing in IN_ROUNDS),
    *((mixing, "randk:0.4") for mixing in sorted(STATES_ONLY)),
]


@pytest.mark.parametrize(("mixing", "codec"), CASES)
def test_the_living_follow_their_own_average(mixing, codec):
    found, expected = steps(mixing, codec, recovered=True)
    np.testing.assert_allclose(found, np.broadcast_to(expected, found.shape), atol=1e-14)


@pytest.mark.parametrize("mixing", IN_ROUNDS)
def test_without_recovery_those_that_remember_would_not(mixing):
    found, expected = steps(mixing, "none", recovered=False)
    assert (np.abs(found - expected).max() > 1e-3) == (mixing in REMEMBERING)
