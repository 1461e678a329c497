"""Channels: the average stays, agreement stays, disagreement dies out, whatever the codecs of the edges are."""

import numpy as np
import pytest
from channel_examples import (
    DIM,
    MASKABLE,
    NODES,
    SPECS,
    innovation,
    mixed,
    rounds,
    rows,
    sent,
    state,
    uniform,
)

from p2pbo.compression import codec
from p2pbo.network import EdgeCodecs, Network
from p2pbo.network.channels.channel import DrawKeys
from p2pbo.topology import build

GRAPHS = ["ring", "er:0.5", "star"]
every_graph = pytest.mark.parametrize("graph", GRAPHS)
CASES = [
    *(pytest.param([spec], "auto", id=spec) for spec in SPECS),
    *(pytest.param([spec], "difference", id=f"{spec} by difference") for spec in MASKABLE),
    pytest.param(MASKABLE, "auto", id="mixed masks"),
    pytest.param(SPECS, "auto", id="mixed codecs"),
    pytest.param(["none", *SPECS], "auto", id="mixed with none"),
]
every_case = pytest.mark.parametrize(("specs", "channel"), CASES)


def network_of(graph, specs, channel="auto", seed=1, **more):
    topology = build(graph, NODES, seed=seed)
    return Network(topology, codecs=mixed(topology, specs, channel=channel, **more))


@every_graph
@every_case
@pytest.mark.parametrize("scope", ["edge", "node"])
def test_the_average_stays(graph, specs, channel, scope):
    network, V = network_of(graph, specs, channel, scope=scope), rows()
    mean = V.mean(0)
    for _ in range(30):
        (V,) = sent(network, state(V))
        np.testing.assert_allclose(V.mean(0), mean, rtol=0, atol=1e-12 * np.abs(rows()).max())


@every_case
def test_agreement_stays(specs, channel):
    """From the start with masks; with replicas once they have caught up."""
    network, V = network_of("ring", specs, channel), np.tile(rows()[0], (NODES, 1))
    masked = channel == "auto" and set(specs) <= set(MASKABLE)
    after = V if masked else rounds(network, V, 800)
    (once_more,) = sent(network, state(after))
    tolerance = 0 if masked else 1e-6
    np.testing.assert_allclose(once_more, after, rtol=0, atol=tolerance)


@pytest.mark.parametrize("graph", ["ring", "er:0.5"])
@every_case
def test_disagreement_dies_out(graph, specs, channel):
    V = rows()
    after = rounds(
        network_of(graph, specs, channel), V, 1000 if "sign" in specs else 300
    )  # its step is small
    spread = [np.abs(W - W.mean(0)).max() for W in (V, after)]
    assert spread[1] < 1e-3 * spread[0]


@pytest.mark.parametrize("channel", ["masked", "difference"])
@pytest.mark.parametrize("spec", ["randk:24", "randblock:24"])
def test_all_entries_are_w(spec, channel):
    """K = d: a mask of all entries is exact; replicas that are exact from the first round on mix with γ = 1."""
    topology = build("er:0.5", NODES, seed=1)
    network = Network(topology, codecs=uniform(topology, spec, channel=channel))
    (mixed_rows,) = sent(network, state(rows()))
    np.testing.assert_allclose(mixed_rows, topology.matrix() @ rows(), atol=1e-14)


def test_masked_is_its_formula():
    """s_i + Σ_j w_ij (s_j − s_i)[m_ij] with the masks that the codec draws from both ends' key."""
    topology = build("er:0.5", NODES, seed=1)
    network, W = Network(topology, codecs=uniform(topology, "randk:0.3", seed=9)), topology.matrix()
    draws, randk = DrawKeys(9, "x00", topology), codec("randk:0.3", DIM, np.dtype(float))
    S = rows()
    for round_ in range(3):
        expected = S.copy()
        masks = randk.positions(draws.masks(round_, np.arange(len(topology.source))))
        for i, j, m in zip(topology.source, topology.target, masks, strict=True):
            expected[i, m] += W[i, j] * (S[j, m] - S[i, m])
        (S,) = sent(network, state(S))
        np.testing.assert_allclose(S, expected, atol=1e-14)


@pytest.mark.parametrize("spec", ["randk:0.3", "topk:0.3", "qsgd:4"])
def test_difference_is_its_formula(spec):
    topology = build("er:0.5", NODES, seed=1)
    compression = uniform(topology, spec, channel="difference", seed=9, consensus_step=0.4)
    network, W = Network(topology, codecs=compression), topology.matrix()
    draws, coder = DrawKeys(9, "x00", topology), codec(spec, DIM, np.dtype(float))
    S, edges = rows(), np.arange(len(topology.source))
    known = np.zeros((len(edges), DIM))
    back = {(i, j): e for e, (i, j) in enumerate(zip(topology.source, topology.target, strict=True))}
    for round_ in range(4):
        keys = draws.differences(round_, edges)
        wire, q = np.empty((len(edges), coder.wire_bytes), np.uint8), np.empty_like(known)
        coder.encode(S[topology.source] - known, keys, wire)
        coder.decode(wire, keys, q)
        known += q if coder.omega is None else q / (1 + coder.omega)
        expected = S.copy()
        for i, j in back:
            expected[i] += 0.4 * W[i, j] * (known[back[j, i]] - known[back[i, j]])
        (S,) = sent(network, state(S))
        np.testing.assert_allclose(S, expected, atol=1e-13)


@pytest.mark.parametrize("scope", ["edge", "node"])
@pytest.mark.parametrize(
    ("delta", "of_memory"), [(0.0, False), (0.2, False), (0.2, True), (None, False), (None, True)]
)
@pytest.mark.parametrize("spec", ["randk:0.3", "qsgd:4", "sign", "topk:0.3", "none"])
def test_innovations_are_their_formula(spec, delta, of_memory, scope):
    topology = build("er:0.5", NODES, seed=1)
    network = Network(topology, codecs=uniform(topology, spec, seed=9, scope=scope))
    draws, coder = DrawKeys(9, "x10", topology, scope), codec(spec, DIM, np.dtype(float))
    rate = (1 if coder.omega is None else 1 / (1 + coder.omega)) if delta is None else delta
    nodes, edges = np.arange(NODES), np.arange(len(topology.source))
    sources = [
        (nodes, draws.own, nodes, topology.self_weight),
        (topology.source, draws.innovations, edges, topology.weight),
    ]
    memories = [np.zeros((NODES, DIM)), np.zeros((len(edges), DIM))]
    for round_ in range(4):
        D, expected = rows(round_), np.zeros((NODES, DIM))
        for (source, key, which, weight), memory in zip(sources, memories, strict=True):
            keys = key(round_, which)
            wire, C = np.empty((len(which), coder.wire_bytes), np.uint8), np.empty((len(which), DIM))
            coder.encode(D[source] - memory, keys, wire)
            coder.decode(wire, keys, C)
            T = memory + (rate if of_memory else 1) * C
            memory += rate * C
            target = source if which is nodes else topology.target
            np.add.at(expected, target, weight[:, None] * T)
        (found,) = sent(network, innovation(D, delta, of_memory=of_memory))
        np.testing.assert_allclose(found, expected, atol=1e-13)


@pytest.mark.parametrize("of_memory", [False, True])
def test_memories_follow_each_edges_codec_at_its_own_rate(of_memory):
    topology, D = build("ring", NODES), rows()
    slow, fast = "randk:1", "topk:0.5"  # 1/(1 + ω) = 1/DIM, and 1
    specs = [slow if 0 in (i, j) else fast for i, j in zip(topology.source, topology.target, strict=True)]
    network = Network(topology, codecs=EdgeCodecs({"x": specs}, {"x": "none"}, seed=9))
    draws, memories = DrawKeys(9, "x10", topology), np.zeros((len(specs), DIM))
    for round_ in range(4):
        expected = topology.self_weight[:, None] * D
        for edge, (i, j, spec) in enumerate(zip(topology.source, topology.target, specs, strict=True)):
            coder, keys = codec(spec, DIM), draws.innovations(round_, np.array([edge]))
            wire, C = np.empty((1, coder.wire_bytes), np.uint8), np.empty((1, DIM))
            coder.encode(D[i][None] - memories[edge], keys, wire)
            coder.decode(wire, keys, C)
            followed = memories[edge] + (C[0] / DIM if spec == slow else C[0])
            expected[j] += topology.weight[edge] * (followed if of_memory else memories[edge] + C[0])
            memories[edge] = followed
        (found,) = sent(network, innovation(D, None, of_memory=of_memory))
        np.testing.assert_allclose(found, expected, atol=1e-13)


@pytest.mark.parametrize("channel", ["masked", "difference"])
@pytest.mark.parametrize("donated", [False, True])
def test_only_donated_rows_are_written_to(channel, donated):
    topology, V = build("ring", NODES), rows()
    network = Network(topology, codecs=uniform(topology, "randk:0.5", channel=channel))
    (mixed,) = sent(network, state(V, donated=donated))
    assert np.shares_memory(mixed, V) == donated
    assert np.array_equal(V, rows()) != donated


def test_at_node_scope_equal_states_stay_exactly_equal():
    topology = build("complete", NODES)
    for spec, channel in (("randk:0.3", "auto"), ("qsgd:4", "difference"), ("topk:0.3", "auto")):
        network = Network(topology, codecs=uniform(topology, spec, scope="node", channel=channel))
        V = np.tile(rows()[0], (NODES, 1))
        for _ in range(5):
            (V,) = sent(network, state(V))
            np.testing.assert_array_equal(V, np.tile(V[0], (NODES, 1)))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("spec", SPECS)
def test_every_byte_of_an_edge_is_counted(spec, dtype):
    topology = build("star", NODES)
    network = Network(topology, dtype=dtype, codecs=uniform(topology, spec))
    coder = codec(spec, DIM, np.dtype(dtype))
    masked = coder.entries is not None
    of_state = coder.entries * np.dtype(dtype).itemsize if masked else coder.wire_bytes
    V = rows(dtype=dtype)
    for _ in range(3):
        sent(network, state(V), innovation(V, name="x01"))
    sent(network, innovation(V))
    expected = 3 * (of_state + coder.wire_bytes) + coder.wire_bytes
    np.testing.assert_array_equal(network.edge_bytes, np.full(len(topology.source), expected))
    np.testing.assert_array_equal(network.edge_messages, np.full(len(topology.source), 4))


def test_edges_of_their_own_codec_carry_their_own_bytes():
    topology = build("ring", NODES)
    specs = [f"randk:{1 + min(i, j)}" for i, j in zip(topology.source, topology.target, strict=True)]
    compression = uniform(topology, "randk:1")
    compression = type(compression)({"x": specs}, {"x": "randk:1"})
    network = Network(topology, codecs=compression)
    sent(network, state(rows()))
    np.testing.assert_array_equal(network.edge_bytes, [8 * int(spec.partition(":")[2]) for spec in specs])


def test_variables_without_a_codec_are_exact_beside_others():
    topology = build("er:0.5", NODES, seed=1)
    network = Network(topology, codecs=uniform(topology, "randk:0.3", "y"))
    X, Y = rows(), rows(1)
    WX, _ = sent(network, state(X), state(Y, "y00"))
    np.testing.assert_allclose(WX, topology.matrix() @ X, atol=1e-14)
    (alone,) = sent(network, state(X))
    np.testing.assert_array_equal(alone, sent(Network(topology), state(X))[0])
