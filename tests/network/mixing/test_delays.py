"""Late messages: γ keeps averaging stable, and what is on its way goes on after a restart, on any ranks."""

import math

import numpy as np
import pytest
from channel_examples import NODES, innovation, mixed, rows, sent, state
from covering_examples import drawn, part
from unreliable import SEED, TROUBLES, network_of

from p2pbo.network import NetworkCheckpoint
from p2pbo.network.links.faults import LinkFaults
from p2pbo.network.links.state import SHARE, Links
from p2pbo.topology import build

GRAPHS = ["ring", "line", "star", "er:0.4", "complete", "torus"]


def largest_root(topology, late, gamma):
    """Of s⁺ = s + γ Σ_τ L_τ s^{t−τ} without the average: the eigenvalues of the block companion matrix, but one 1."""
    K, delay = topology.nodes, late.max()
    companion = np.eye(K * (delay + 1), k=-K)
    companion[:K, :K] += np.eye(K)
    for i, j, tau, w in zip(topology.source, topology.target, late, topology.weight, strict=True):
        companion[i, tau * K + j] += gamma * w
        companion[i, tau * K + i] -= gamma * w
    sizes = np.sort(np.abs(np.linalg.eigvals(companion)))
    return sizes[-2] if sizes[-1] < 1 + 1e-9 else sizes[-1]


@pytest.mark.parametrize("delay", [1, 2, 5, 12])
@pytest.mark.parametrize("graph", GRAPHS)
def test_averaging_is_stable_whatever_the_edges_delays(graph, delay):
    topology = build(graph, 12, seed=3)
    for seed in range(3):
        links = Links(topology, LinkFaults(delay=delay), seed)
        assert largest_root(topology, links.late, links.damping) < 1 - 1e-4
    assert largest_root(topology, np.full_like(links.late, delay), links.damping) < 1 - 1e-4


@pytest.mark.parametrize("delay", [1, 3, 8])
@pytest.mark.parametrize("graph", ["ring", "complete", "er:0.4"])
def test_the_bound_is_sharp(graph, delay):
    """All edges as late as they may be: just below 2 sin(π/(4d + 2)) / (1 − λ_K) it is stable, just above not."""
    topology = build(graph, 12, seed=3)
    late = np.full(len(topology.source), delay)
    bound = 2 * math.sin(math.pi / (4 * delay + 2)) / (1 - np.linalg.eigvalsh(topology.matrix())[0])
    assert largest_root(topology, late, 0.99 * bound) < 1 < largest_root(topology, late, 1.01 * bound)
    assert Links(topology, LinkFaults(delay=delay)).damping == pytest.approx(min(1, SHARE * bound), abs=1e-9)


def test_what_is_late_comes_to_its_own_stream():
    """Two streams of one width take turns; each is what it is alone."""
    topology = build("er:0.4", 12, seed=3)
    together, *alone = (network_of(topology, LinkFaults(delay=3)) for _ in range(3))
    both = [rows(seed, nodes=12) for seed in (0, 1)]
    each = [V.copy() for V in both]
    for _ in range(8):
        for number, name in enumerate(("x00", "x01")):
            (both[number],) = sent(together, state(both[number], name))
            (each[number],) = sent(alone[number], state(each[number], name))
            np.testing.assert_array_equal(both[number], each[number])


def test_one_node_alone_has_no_late_neighbours():
    network = network_of(build("complete", 1), LinkFaults(delay=2, drop=0.5, schedule="matching"))
    for variables in (
        [state(rows(nodes=1))],
        [innovation(rows(nodes=1)), part(rows(nodes=1), drawn(nodes=1))],
    ):
        for found in sent(network, *variables):
            np.testing.assert_allclose(found, rows(nodes=1), atol=1e-14)


@pytest.mark.parametrize("specs", [["none"], ["randk:0.3"], ["randk:0.3", "qsgd:4"]], ids=str)
@pytest.mark.parametrize("conditions", TROUBLES.values(), ids=list(TROUBLES))
def test_a_restart_goes_on_with_what_was_on_its_way(conditions, specs):
    """Two networks that share nothing but what the first one's rounds have left behind."""
    topology = build("er:0.5", NODES, seed=1)
    compression = mixed(topology, specs, channel="difference" if len(specs) == 2 else "auto")

    def step(network, V, t):
        (V,) = sent(network, state(V))
        (T,) = sent(network, innovation(V, 0.3))
        (S,) = sent(network, part(T, drawn(t), "x02"))
        return V + 0.1 * S

    def steps(network, V, begin, end):
        for t in range(begin, end):
            V = step(network, V, t)
        return V

    whole = network_of(topology, conditions, codecs=compression)
    first, second = (network_of(topology, conditions, codecs=compression) for _ in range(2))
    V = steps(first, rows(), 0, 5)
    kept = {}
    for each in first.checkpoint_rows():
        total = NODES if each.over == "node" else len(topology.source)
        found = kept.setdefault(each.name, np.zeros((total, *each.rows.shape[1:]), each.rows.dtype))
        found[each.index] = each.rows
    second.restore(
        NetworkCheckpoint(first.rounds, 0.0, lambda name, index: kept[name][index]), np.zeros(2, dtype=int)
    )
    np.testing.assert_array_equal(steps(second, V, 5, 9), steps(whole, rows(), 0, 9))
    np.testing.assert_array_equal(second.edge_bytes, whole.edge_bytes)
    np.testing.assert_array_equal(second.edge_messages, whole.edge_messages)


def test_the_same_edges_are_late_in_every_start():
    topology = build("er:0.5", NODES, seed=1)
    one, other = (Links(topology, LinkFaults(delay=3), SEED) for _ in range(2))
    np.testing.assert_array_equal(one.late, other.late)
    assert (Links(topology, LinkFaults(delay=3), SEED + 1).late != one.late).any()
