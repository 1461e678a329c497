"""Gradient tracking of x, y and z through low-rank edges: its listing, and where it ends."""

import pytest
from channel_examples import uniform
from dense_low_rank import DenseEdges
from dense_nodes import DenseNodes, one_each
from stepping import assembled, assert_close, final, oracles_and_sampler, quadratic, unequal_start

import p2pbo
from p2pbo.network import Network
from p2pbo.network.channels.channel import DrawKeys
from p2pbo.topology import build

SIZES = {"x": 31, "y": 47, "z": 47}
STEPS, SEED = 40, 9
ALPHA, BETA, GAMMA, THETA = 0.15, 0.3, 0.2, 0.3


def test_forty_steps_are_the_listing():
    """SPARKLE-GT: T⁺ = mix(T + U⁺ − U), V⁺ = mix(V − βT⁺), where each mix(·) has directions of its own."""
    problem, topology = quadratic(heterogeneity=1.0, dim_x=31, dim_y=47), build("ring", 8)
    start = unequal_start(problem, variables="xyz")
    nodes, (_, sampler) = DenseNodes(problem, 1.0, 1), oracles_and_sampler(problem)
    channels = {
        (v, n): DenseEdges(topology, [(SIZES[v],)], 1, DrawKeys(SEED, f"{v}{n}0", topology))
        for v in "xyz"
        for n in (1, 2)
    }
    V, T, U, h = list(start), [0 * S for S in start], [0 * S for S in start], 0 * start[0]
    for t in range(STEPS):
        Dx, Dy, Dz = nodes.tracked(*V, one_each(sampler, t, None))
        h = (1 - THETA) * h + THETA * Dx
        for k, (name, new, step) in enumerate(zip("xyz", (h, Dy, Dz), (ALPHA, BETA, GAMMA), strict=True)):
            T[k] = channels[name, 1](T[k] + new - U[k])
            V[k], U[k] = channels[name, 2](V[k] - step * T[k]), new
    method = assembled(problem, "sparkle-gt", alpha=ALPHA, beta=BETA, gamma=GAMMA, theta=THETA)
    network = Network(topology, codecs=uniform(topology, "lowrank:1", "xyz", seed=SEED))
    assert_close(final(problem, method, STEPS, start, network=network), V, relative=1e-11)


@pytest.mark.parametrize(("dtype", "floor"), [("float64", 1e-12), ("float32", 1e-5)])
def test_it_ends_at_the_solution(dtype, floor):
    trace = p2pbo.run(
        problem={"name": "quadratic", "dim_x": 31, "dim_y": 47, "heterogeneity": 1.0},
        algorithm="sparkle-gt",
        settings={"alpha": 0.4, "beta": 0.4, "gamma": 0.4, "theta": 0.5},
        codec="lowrank:1",
        topology="complete",
        nodes=4,
        steps=600,
        log_every=600,
        exact="on",
        dtype=dtype,
    )
    assert trace.values("hypergradient_norm")[-1] < floor
