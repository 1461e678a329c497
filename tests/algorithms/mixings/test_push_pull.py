"""Push-pull over directed graphs: §14's recursion on dense matrices, its solution, its sums, and what it refuses."""

import networkx as nx
import numpy as np
import pytest
from stepping import (
    NODES,
    assembled,
    assert_close,
    final,
    oracles_and_sampler,
    quadratic,
    states,
    unequal_start,
)

import p2pbo
from p2pbo.algorithms.parts import MIXINGS
from p2pbo.algorithms.round_driver import RoundDriver
from p2pbo.network import Network
from p2pbo.topology import build

HUB = nx.DiGraph(
    [*((0, i) for i in range(1, NODES)), *((i, (i + 1) % NODES) for i in range(1, NODES)), (3, 1)]
)
PARTS = {
    "mixing": "push-pull",
    "hypergradient": "tracked",
    "estimator": "sgd",
    "radius": "off",
    "eta": 0.3,
    "beta3": 0.7,
}


def dense_weights(graph):
    A = np.eye(NODES) + nx.to_numpy_array(graph, range(NODES), weight=None).T  # a_ij = 1 where j sends to i
    return A / A.sum(1, keepdims=True), A / A.sum(0)


@pytest.mark.parametrize("graph", [HUB, "directed-ring:3"], ids=["hub", "ring"])
def test_forty_steps_are_the_recursion_on_dense_matrices(graph):
    """The directions alone are p2pbo's, of one node after the other."""
    problem, topology = quadratic(heterogeneity=1.0), build(graph, NODES)
    R, C = dense_weights(topology.graph)
    start = unequal_start(problem, variables="xyz")
    method = assembled(problem, **PARTS)
    oracles, sampler = oracles_and_sampler(problem)
    V, T, D_before = list(start), [0, 0, 0], [0, 0, 0]
    for t in range(40):
        D = method.hypergradient.directions(oracles, tuple(V), method.hypergradient.draw(sampler, t, None))
        for v, beta in enumerate((0.3, 0.3, 0.21)):
            T[v] = (C @ T[v] if t else 0 * D[v]) + D[v] - D_before[v]
            V[v] = R @ (V[v] - beta * T[v])
        D_before = D
    assert_close(final(problem, method, 40, start, topology=graph), V, relative=1e-11)


@pytest.mark.parametrize("graph", ["directed-ring:3", HUB, "ring"], ids=["chords", "hub", "undirected"])
def test_unequal_nodes_end_at_the_solution(graph):
    steps = {"alpha": 0.3, "beta": 0.3, "gamma": 0.3, "theta": 1.0, "mixing": "push-pull"}
    trace = p2pbo.run(problem=quadratic(heterogeneity=1.0), algorithm="sparkle-gt", settings=steps,
                      topology=graph, steps=1500, log_every=1500)  # fmt: skip
    assert trace["hypergradient_norm"].values[-1] < 1e-12


def test_in_float32_trackers_sum_to_the_estimates():
    """To rounding of float64, though what they sum is float32."""
    problem = quadratic(heterogeneity=1.0)
    start = tuple(V.astype(np.float32) for V in unequal_start(problem, variables="xyz"))
    network = Network(build(HUB, NODES), dtype=np.float32)
    *_, last = states(problem, assembled(problem, **PARTS), 300, start, network=network)
    for variable in last.variables:
        assert variable.V.dtype == np.float32
        CT, U = variable.memory.CT, variable.U.astype(np.float64)
        assert CT.dtype == np.float64
        np.testing.assert_allclose(CT.sum(0), U.sum(0), atol=1e-13 * np.abs(U).sum())


REFUSED = {
    "mixing atc of algorithm d-soba needs a symmetric W": {"algorithm": "d-soba"},
    "mixing push-pull, tracking of algorithm sparkle-gt needs": {
        "algorithm": "sparkle-gt",
        "settings": {"mixing": {"name": "push-pull", "y": "tracking"}},
    },
    "algorithm ma-dsbo needs a symmetric W": {"algorithm": "ma-dsbo"},
    "codec randk:0.5 needs both ends of an edge to hear each other": {"codec": "randk:0.5"},
    "--codec-by bandwidth fits codecs to edges that both ends use": {"codec_by": "bandwidth"},
    "links.drop 0.1 loses or delays what is sent": {"links": {"drop": 0.1}},
    "links.delay 2 loses or delays what is sent": {"links": {"delay": 2}},
    "links.schedule matching loses or delays": {"links": {"schedule": "matching"}},
    "--on-failure continue gives the weight of a lost edge back to both its ends": {"on_failure": "continue"},
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_a_directed_graph_cannot_do_is_refused(said):
    with pytest.raises(p2pbo.InputError) as refused:
        p2pbo.run(
            **{
                "algorithm": "fab",
                "problem": "quadratic",
                "topology": "directed-ring",
                "steps": 1,
                **REFUSED[said],
            }
        )
    assert str(refused.value).startswith(said)
    assert "topology directed-ring is directed" in str(refused.value)


def test_a_changing_graph_is_no_drawing_of_an_undirected_one():
    with pytest.raises(p2pbo.InputError) as refused:
        p2pbo.run(problem="quadratic", topology="one-peer-exponential", steps=1)
    assert str(refused.value) == (
        "mixing tracking of algorithm mdbo needs a symmetric W, and topology one-peer-exponential changes from round "
        "to round; use --mixing push-pull or --algorithm fab"
    )


TURNS = [nx.empty_graph(NODES, create_using=nx.DiGraph) for _ in range(2)]
"""Graphs that are strongly connected in turn only: the even and the odd edges of a directed ring."""
for node in range(NODES):
    TURNS[node % 2].add_edge(node, (node + 1) % NODES)


@pytest.mark.parametrize("graph", ["one-peer-exponential", "one-peer-exponential:random", TURNS])
def test_forty_steps_over_a_changing_graph_are_the_recursion_with_that_of_each_round(graph):
    problem, topology = quadratic(heterogeneity=1.0), build(graph, NODES)
    start = unequal_start(problem, variables="xyz")
    method = assembled(problem, **PARTS)
    oracles, sampler = oracles_and_sampler(problem)
    V, T, D_before = list(start), [0, 0, 0], [0, 0, 0]
    for t in range(40):
        there = topology.present(t, 0)
        now = nx.empty_graph(NODES, create_using=nx.DiGraph)
        now.add_edges_from(zip(topology.source[there], topology.target[there], strict=True))
        D = method.hypergradient.directions(oracles, tuple(V), method.hypergradient.draw(sampler, t, None))
        T = [CT + d - before for CT, d, before in zip(T, D, D_before, strict=True)]
        R, C = dense_weights(now)
        V = [R @ (v - beta * tracker) for v, beta, tracker in zip(V, (0.3, 0.3, 0.21), T, strict=True)]
        T, D_before = [C @ tracker for tracker in T], D
    network = Network(topology)
    assert_close(final(problem, method, 40, start, network=network), V, relative=1e-11)
    carried = sum(topology.present(t, 0).astype(int) for t in range(40))
    np.testing.assert_array_equal(network.edge_messages, carried)
    np.testing.assert_array_equal(network.edge_bytes, carried * 16 * sum(v.shape[1] for v in V))


@pytest.mark.parametrize(("order", "nodes"), [("cyclic", 2), ("cyclic", 8), ("random", 5)])
def test_one_peer_graphs_end_at_the_solution(order, nodes):
    steps = {"alpha": 0.3, "beta": 0.3, "gamma": 0.3, "theta": 1.0, "mixing": "push-pull"}
    trace = p2pbo.run(problem=quadratic(nodes, heterogeneity=1.0), algorithm="sparkle-gt", settings=steps,
                      topology=f"one-peer-exponential:{order}", steps=1000, log_every=1000)  # fmt: skip
    assert trace["hypergradient_norm"].values[-1] < 1e-12


@pytest.mark.long
def test_in_float32_nothing_drifts_over_a_hundred_thousand_changing_rounds():
    topology = build("one-peer-exponential:random", NODES)
    b = np.random.default_rng(0).standard_normal((NODES, 3)).astype(np.float32)
    mixing = MIXINGS.make("push-pull")
    variable = mixing.start(np.zeros_like(b))
    driver, network = RoundDriver({"x": mixing}), Network(topology, dtype=np.float32)
    for _ in range(100_000):
        (variable,) = driver.start(network, [mixing.move(variable, np.float32(0.1))]).finish([variable.V - b])
    np.testing.assert_allclose(variable.memory.CT.sum(0), variable.U.sum(0, dtype=np.float64), atol=1e-10)
    np.testing.assert_allclose(variable.V, np.broadcast_to(b.mean(0), b.shape), atol=1e-5)
