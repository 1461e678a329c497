"""The modelled time of low-rank edges: rounds of n·R and of m·R numbers in turn, each over bandwidth and latency."""

import networkx as nx
import numpy as np
import pytest

import p2pbo
from p2pbo.network import LinkFaults, Network
from p2pbo.topology import build

STEPS, LATENCY, BANDWIDTH = 12, 0.002, 1e4
"""Steps; seconds; bytes per second."""

COUNT, FLOAT = 8, 8
SIDES = {"x": (3, 4), "y": (2, 4)}
"""n = ⌊√d⌋ and m = ⌈d/n⌉ of the 10 entries of x and the 8 of y."""


def turn_seconds(ranks):
    """What an even and an odd round take: mdbo sends x, y and a tracker of each in one message."""
    sizes = [
        2 * sum(COUNT + FLOAT * min(ranks[v], *SIDES[v]) * SIDES[v][side] for v in SIDES) for side in (0, 1)
    ]
    return [LATENCY + size / BANDWIDTH for size in sizes]


def rounds(graph, codec, **given):
    """The seconds of each step, in which mdbo has one round."""
    nx.set_edge_attributes(graph, 1000 * LATENCY, "latency")
    nx.set_edge_attributes(graph, BANDWIDTH, "bandwidth")
    run = {"problem": "quadratic", "algorithm": "mdbo", "steps": STEPS, "log_every": 1, **given}
    return np.diff(p2pbo.run(topology=graph, codec=codec, **run).values("modelled_time"))


@pytest.mark.parametrize(("codec", "ranks"), [("lowrank:1", (1, 1)), ("x=lowrank:2,y=lowrank:1", (2, 1))])
@pytest.mark.parametrize("graph", [nx.cycle_graph(6), nx.star_graph(4)], ids=["ring", "star"])
def test_rounds_take_the_bytes_of_their_turn(graph, codec, ranks):
    even, odd = turn_seconds(dict(zip("xy", ranks, strict=True)))
    np.testing.assert_allclose(rounds(graph.copy(), codec), [even, odd] * (STEPS // 2), rtol=1e-12)
    assert odd > 1.2 * even


def test_a_rank_beyond_the_matrix_is_its_smaller_side():
    even, odd = turn_seconds({"x": 3, "y": 2})
    np.testing.assert_allclose(rounds(nx.cycle_graph(6), "lowrank:7"), [even, odd] * (STEPS // 2), rtol=1e-12)


def test_a_lost_round_takes_its_time_and_leaves_the_turn():
    took = rounds(nx.path_graph(2), "lowrank:1", links={"drop": 0.4}, seed=2)
    links = Network(build("line", 2), faults=LinkFaults(drop=0.4), seed=2).links
    arrived = [bool(links.up(step).all()) for step in range(STEPS)]
    assert 2 <= sum(arrived) <= STEPS - 2
    turns = np.cumsum([0, *arrived])[:STEPS] % 2
    np.testing.assert_allclose(took, np.array(turn_seconds({"x": 1, "y": 1}))[turns], rtol=1e-12)


def test_a_run_that_stops_between_turns_has_the_same_clock(tmp_path):
    graph, out = nx.cycle_graph(6), tmp_path / "run.h5"
    for steps, resume in ((5, False), (STEPS, True)):
        again = rounds(graph, "lowrank:1", steps=steps, out=out, checkpoint_every=5, resume=resume)
    np.testing.assert_array_equal(again, rounds(graph, "lowrank:1"))
