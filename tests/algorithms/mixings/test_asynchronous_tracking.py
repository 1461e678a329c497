"""The mixing without rounds: no step of all nodes at once, and what it says of itself."""

import pytest
from stepping import assembled, oracles_and_sampler, quadratic, unequal_start

from p2pbo import InputError
from p2pbo.algorithms import ALGORITHMS
from p2pbo.network import Network
from p2pbo.topology import build


def test_a_step_of_all_nodes_at_once_is_refused():
    problem = quadratic(4)
    method = assembled(problem, "async-soba")
    oracles, sampler = oracles_and_sampler(problem)
    state = method.start(unequal_start(problem, variables="xyz"))
    with pytest.raises(InputError, match="mixing asynchronous-tracking has no rounds: each node steps when"):
        method.step(state, Network(build("ring", 4)), oracles, sampler)


@pytest.mark.parametrize(
    ("name", "given", "without"),
    [
        ("async-soba", {}, True),
        ("async-soba", {"mixing": "tracking"}, False),
        ("sparkle-gt", {}, False),
        ("sparkle-gt", {"mixing": {"z": "asynchronous-tracking"}}, True),
        ("rabo", {}, False),
    ],
)
def test_one_such_mixing_makes_a_method_asynchronous(name, given, without):
    assert ALGORITHMS.make(name).asynchronous(given) == without
    assert assembled(quadratic(4), name, **given).asynchronous == without
