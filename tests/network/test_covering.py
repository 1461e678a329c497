"""Parts of rows: every entry is averaged over the neighbours that send it, as it is or through codecs."""

import numpy as np
import pytest
from channel_examples import DIM, NODES, SPECS, innovation, mixed, rows, sent, state, uniform
from covering_examples import SIZES, averages, drawn, part

from p2pbo.compression import codec
from p2pbo.network import Network
from p2pbo.network.channels.channel import DrawKeys
from p2pbo.topology import build

WHOLE = np.ones((NODES, DIM), dtype=bool)
NOTE = DIM // 8
"""Bytes of a bitmap."""


@pytest.mark.parametrize("noted", [False, True])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-14), (np.float32, 1e-6)])
@pytest.mark.parametrize(
    ("graph", "nodes"),
    [("ring", NODES), ("er:0.5", NODES), ("star", NODES), ("complete", NODES), ("ring", 40)],
)
def test_an_entry_is_averaged_over_those_who_send_it(graph, nodes, noted, dtype, tolerance):
    topology = build(graph, nodes, seed=1)
    network, S = Network(topology, dtype=dtype), rows(dtype=dtype, nodes=nodes)
    for round_ in range(3):
        masks = drawn(round_, nodes)
        expected = averages(topology.matrix(), S, masks)
        (S,) = sent(network, part(S, masks, noted=noted))
        assert S.dtype == dtype
        np.testing.assert_allclose(S, expected, rtol=0, atol=10 * tolerance)


@pytest.mark.parametrize("specs", [["none"], SPECS], ids=["exact", "lossy"])
def test_an_entry_that_nobody_sends_stays(specs):
    topology = build("ring", NODES)
    masks = drawn(sizes=[1])
    sends = topology.matrix() @ masks > 0
    (after,) = sent(Network(topology, codecs=mixed(topology, specs)), part(rows(), masks))
    np.testing.assert_array_equal(after[~sends], rows()[~sends])
    assert (after[sends] != rows()[sends]).any()


@pytest.mark.parametrize("graph", ["ring", "er:0.5", "star", "complete"])
def test_whole_rows_are_w(graph):
    topology = build(graph, NODES, seed=1)
    (mixed_rows,) = sent(Network(topology), part(rows(), WHOLE))
    np.testing.assert_allclose(mixed_rows, topology.matrix() @ rows(), atol=1e-14)


def test_rows_are_kept_when_the_next_round_comes():
    topology = build("complete", NODES)
    network, kept = Network(topology), []
    for round_ in range(4):
        kept += sent(network, part(rows(round_), drawn(round_)))
    for round_, found in enumerate(kept):
        expected = averages(topology.matrix(), rows(round_), drawn(round_))
        np.testing.assert_allclose(found, expected, atol=1e-14)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("noted", [False, True])
@pytest.mark.parametrize("spec", ["none", "randk:0.5", "topk:0.5", "qsgd:4"])
def test_an_edge_carries_its_senders_entries_and_the_note(spec, noted, dtype):
    topology = build("star", NODES)
    network = Network(topology, dtype=dtype, codecs=uniform(topology, spec))
    for round_ in range(3):
        sent(network, part(rows(dtype=dtype), drawn(round_), noted=noted))
    code = [codec(spec, int(size), np.dtype(dtype)).wire_bytes for size in SIZES[topology.source]]
    np.testing.assert_array_equal(network.edge_bytes, 3 * (np.array(code) + NOTE * noted))
    np.testing.assert_array_equal(network.edge_messages, np.full(len(topology.source), 3))


@pytest.mark.parametrize("scope", ["edge", "node"])
@pytest.mark.parametrize("gamma", [None, 0.4])
@pytest.mark.parametrize("spec", ["randk:0.3", "topk:0.3", "qsgd:4"])
def test_codecs_are_their_formula(spec, gamma, scope):
    """One replica for each directed edge, moved where its sender's entries are; W/γ row by row, entry by entry."""
    topology = build("er:0.5", NODES, seed=1)
    W, (source, target) = topology.matrix(), (topology.source, topology.target)
    network = Network(topology, codecs=uniform(topology, spec, seed=9, consensus_step=gamma, scope=scope))
    draws, coders = DrawKeys(9, "x00", topology, scope), [codec(spec, int(n), np.dtype(float)) for n in SIZES]
    S, known = rows(), {(i, j): np.zeros(DIM) for i, j in zip(source, target, strict=True)}
    for round_ in range(4):
        masks = drawn(round_)
        keys = draws.differences(round_, np.arange(len(source)))
        for edge, (i, j) in enumerate(known):
            coder, r, m, key = coders[i], known[i, j], masks[i], keys[edge : edge + 1]
            wire, q = np.empty((1, coder.wire_bytes), np.uint8), np.empty((1, coder.dim))
            coder.encode((S[i] - r)[None, m], key, wire)
            coder.decode(wire, key, q)
            r[m] += q[0] if coder.omega is None else q[0] / (1 + coder.omega)
        expected = S.copy()
        for i, k in np.ndindex(S.shape):
            covering = sum(W[i, j] for j in range(NODES) if masks[j, k])
            for j in topology.neighbours(i):
                if masks[j, k]:
                    b = known[i, j][k] if masks[i, k] else S[i, k]
                    step = gamma or min(coders[i].consensus_step, coders[j].consensus_step)
                    expected[i, k] += step * W[i, j] * (known[j, i][k] - b) / covering
        (S,) = sent(network, part(S, masks))
        np.testing.assert_allclose(S, expected, atol=1e-13)


def test_codecs_of_whole_rows_are_the_difference_channel():
    topology = build("er:0.5", NODES, seed=1)
    compression = mixed(topology, SPECS, channel="difference")
    by_parts, by_rows = (Network(topology, codecs=compression) for _ in range(2))
    V = S = rows()
    for _ in range(5):
        (V,), (S,) = sent(by_parts, part(V, WHOLE)), sent(by_rows, state(S))
        np.testing.assert_allclose(V, S, atol=1e-13)


@pytest.mark.parametrize("spec", ["randk:0.5", "topk:0.5", "qsgd:4"])
def test_codecs_of_a_state_that_stands_still_come_to_the_average(spec):
    """Replicas catch up with the entries that are sent; then γ is the share of the way that the state goes."""
    topology, masks = build("er:0.5", NODES, seed=1), drawn()
    expected = averages(topology.matrix(), rows(), masks)
    for gamma in (1.0, 0.25):
        network = Network(topology, codecs=uniform(topology, spec, consensus_step=gamma))
        for _ in range(120):
            (after,) = sent(network, part(rows(), masks))
        np.testing.assert_allclose(after, rows() + gamma * (expected - rows()), atol=1e-8)


@pytest.mark.parametrize("spec", ["none", "randk:0.5"])
def test_rows_stay_as_they_are(spec):
    topology, V = build("ring", NODES), rows()
    network = Network(topology, codecs=uniform(topology, spec))
    sent(network, part(V, drawn()))
    np.testing.assert_array_equal(V, rows())


def test_parts_travel_beside_whole_rows_and_innovations():
    topology, masks = build("er:0.5", NODES, seed=1), drawn()
    compression, W = uniform(topology, "randk:0.5", "y"), topology.matrix()
    Y = part(rows(2), masks, "y00")
    streams = [part(rows(), masks), state(rows(1), "z00"), Y, innovation(rows(3), name="z01")]
    found = sent(Network(topology, codecs=compression), *streams)
    expected = [averages(W, rows(), masks), W @ rows(1), *sent(Network(topology, codecs=compression), Y)]
    for V, reference in zip(found, [*expected, W @ rows(3)], strict=True):
        np.testing.assert_allclose(V, reference, atol=1e-14)


def test_neighbours_of_one_rank_read_no_notes():
    """All rows are here; who asks would find nothing that arrived."""

    def unread(node, note):
        raise AssertionError(f"node {node} is hosted here")

    for spec in ("none", "randk:0.5"):
        topology = build("ring", NODES)
        sent(Network(topology, codecs=uniform(topology, spec)), part(rows(), drawn(), read=unread))


def test_one_node_alone_keeps_its_rows():
    S = rows(nodes=1)
    for masks in (WHOLE[:1], drawn(nodes=1, sizes=[3])):
        (after,) = sent(Network(build("complete", 1)), part(S, masks))
        np.testing.assert_array_equal(after, S)
