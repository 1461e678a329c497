"""Rounds over unreliable links against loops over edges and entries, for exact rounds and for every channel."""

import numpy as np
import pytest
from channel_examples import (
    DIM,
    MASKABLE,
    NODES,
    SPECS,
    exchange,
    innovation,
    mixed,
    rows,
    sent,
    state,
    uniform,
)
from covering_examples import SIZES, drawn, part
from unreliable import TROUBLES, Edges, network_of

from p2pbo.compression import codec
from p2pbo.network.channels.channel import DrawKeys
from p2pbo.topology import build

ROUNDS = 6
every_trouble = pytest.mark.parametrize("conditions", TROUBLES.values(), ids=list(TROUBLES))
LATE = {name: conditions for name, conditions in TROUBLES.items() if conditions.delay}
PROMPT = {name: conditions for name, conditions in TROUBLES.items() if not conditions.delay}


def crossed(*specs, late):
    """Codecs with every trouble, and with those that are ``late`` what no codec changes."""
    found = [(conditions, spec, name) for name, conditions in TROUBLES.items() for spec in specs]
    found += [(conditions, late, name) for name, conditions in LATE.items()]
    cases = [pytest.param(conditions, spec, id=f"{name}, {spec}") for conditions, spec, name in found]
    return pytest.mark.parametrize(("conditions", "spec"), cases)


@pytest.fixture
def topology():
    return build("er:0.5", NODES, seed=1)


def coded(coder, values, key):
    """What arrives of one row."""
    wire, decoded = np.empty((1, coder.wire_bytes), np.uint8), np.empty((1, coder.dim))
    coder.encode(values[None], key, wire)
    coder.decode(wire, key, decoded)
    return decoded[0]


@pytest.mark.parametrize(("graph", "nodes"), [("er:0.5", NODES), ("star", NODES), ("ring", 40)])
@every_trouble
def test_exact_rounds(graph, nodes, conditions):
    """W^t where messages are lost; the ring's W is sparse."""
    topology = build(graph, nodes, seed=1)
    network, edges, S = network_of(topology, conditions), Edges(topology, conditions), rows(nodes=nodes)
    for t in range(ROUNDS):
        if conditions.delay:
            for i, j in edges.up(t):
                edges.later(t, i, j, edges.links.damping * edges.W[i, j] * (S[j] - S[i]))
            expected = S + edges.due(t)
        else:
            expected = edges.mixing(t) @ S
        halves = exchange(network, S[:, :5], S[:, 5:]).wait()
        S = np.concatenate(halves, axis=1)
        np.testing.assert_allclose(S, expected, atol=1e-13)


@every_trouble
def test_exact_beside_others(topology, conditions):
    network = network_of(topology, conditions, codecs=uniform(topology, "qsgd:4", "y"))
    edges, S = Edges(topology, conditions), rows()
    for t in range(ROUNDS):
        for i, j in edges.up(t):
            edges.later(t, i, j, edges.links.damping * edges.W[i, j] * (S[j] - S[i]))
        expected = S + edges.due(t)
        S, _ = sent(network, state(S), state(rows(1), "y00"))
        np.testing.assert_allclose(S, expected, atol=1e-13)


@every_trouble
@pytest.mark.parametrize("donated", [False, True])
def test_masked(topology, conditions, donated):
    network = network_of(topology, conditions, codecs=uniform(topology, "randk:0.3", seed=9))
    draws, randk = DrawKeys(9, "x00", topology), codec("randk:0.3", DIM, np.dtype(float))
    edges, S = Edges(topology, conditions), rows()
    for t in range(ROUNDS):
        masks = randk.positions(draws.masks(t, np.arange(len(topology.source))))
        for i, j in edges.up(t):
            m, step = masks[edges.number[j, i]], np.zeros(DIM)
            step[m] = edges.links.damping * edges.W[i, j] * (S[j] - S[i])[m]
            edges.later(t, i, j, step)
        expected = S + edges.due(t)
        (S,) = sent(network, state(S, donated=donated))
        np.testing.assert_allclose(S, expected, atol=1e-13)


@pytest.mark.parametrize("spec", ["randk:0.3", "topk:0.3", "qsgd:4"])
@every_trouble
@pytest.mark.parametrize("donated", [False, True])
def test_difference(topology, conditions, spec, donated):
    """Neither end's replica moves with a message that is lost."""
    compression = uniform(topology, spec, channel="difference", seed=9, consensus_step=0.4)
    network, edges = network_of(topology, conditions, codecs=compression), Edges(topology, conditions)
    draws, coder = DrawKeys(9, "x00", topology), codec(spec, DIM, np.dtype(float))
    S, known = rows(), {ends: np.zeros(DIM) for ends in edges.number}
    for t in range(ROUNDS):
        keys = draws.differences(t, np.arange(len(known)))
        for i, j in edges.up(t):
            e = edges.number[i, j]
            q = coded(coder, S[i] - known[i, j], keys[e : e + 1])
            known[i, j] += q if coder.omega is None else q / (1 + coder.omega)
        for i, j in edges.up(t):
            rate = edges.links.damping * 0.4 * edges.W[i, j]
            edges.later(t, i, j, rate * (known[j, i] - known[i, j]))
        expected = S + edges.due(t)
        (S,) = sent(network, state(S, donated=donated))
        np.testing.assert_allclose(S, expected, atol=1e-13)


@pytest.mark.parametrize("delta", [0.0, 0.2])
@crossed("randk:0.3", "qsgd:4", late="none")
def test_innovations(topology, conditions, spec, delta):
    """T = m where a message is lost; without memories the own T takes its place."""
    network = network_of(topology, conditions, codecs=uniform(topology, spec, seed=9))
    edges, coder = Edges(topology, conditions), codec(spec, DIM, np.dtype(float))
    draws, nodes = DrawKeys(9, "x10", topology), np.arange(NODES)
    own, memory = np.zeros((NODES, DIM)), {ends: np.zeros(DIM) for ends in edges.number}
    for t in range(ROUNDS):
        D, up = rows(t), edges.up(t)
        keys, at = draws.own(t, nodes), draws.innovations(t, np.arange(len(memory)))
        C = np.array([coded(coder, D[i] - own[i], keys[i : i + 1]) for i in nodes])
        T = own + C
        own += delta * C
        for i, j in edges.number:
            e = edges.number[j, i]
            C = coded(coder, D[j] - memory[j, i], at[e : e + 1])
            arrived = memory[j, i] + C if (i, j) in up else memory[j, i] if delta else T[i]
            memory[j, i] = memory[j, i] + delta * C * ((i, j) in up)
            edges.later(t, i, j, edges.W[i, j] * arrived)
        expected = topology.self_weight[:, None] * T + edges.due(t)
        (found,) = sent(network, innovation(D, delta))
        np.testing.assert_allclose(found, expected, atol=1e-13)


@pytest.mark.parametrize("noted", [False, True])
@pytest.mark.parametrize("conditions", PROMPT.values(), ids=list(PROMPT))
def test_covering(topology, conditions, noted):
    network, edges, S = network_of(topology, conditions), Edges(topology, conditions), rows()
    for t in range(ROUNDS):
        masks, W, expected = drawn(t), edges.mixing(t), S.copy()
        for i, k in np.ndindex(S.shape):
            who = (W[i] > 0) & masks[:, k]
            if who.any():
                expected[i, k] = np.average(S[who, k], weights=W[i, who])
        (S,) = sent(network, part(S, masks, noted=noted))
        np.testing.assert_allclose(S, expected, atol=1e-13)


@crossed("randk:0.3", late="none")
def test_covering_by_difference(topology, conditions, spec):
    compression = uniform(topology, spec, seed=9, consensus_step=0.4)
    network, edges = network_of(topology, conditions, codecs=compression), Edges(topology, conditions)
    gamma = edges.links.damping * (1 if spec == "none" else 0.4)
    draws, coders = DrawKeys(9, "x00", topology), [codec(spec, int(n), np.dtype(float)) for n in SIZES]
    S, known = rows(), {ends: np.zeros(DIM) for ends in edges.number}
    for t in range(ROUNDS):
        masks, up = drawn(t), edges.up(t)
        keys = draws.differences(t, np.arange(len(known)))
        for i, j in up:
            coder, r, m, e = coders[i], known[i, j], masks[i], edges.number[i, j]
            q = coded(coder, (S[i] - r)[m], keys[e : e + 1])
            r[m] += q if coder.omega is None else q / (1 + coder.omega)
        covering = edges.mixing(t) @ masks
        for i, j in up:
            b = np.where(masks[i], known[i, j], S[i])
            step = gamma * edges.W[i, j] * masks[j] * (known[j, i] - b)
            edges.later(t, i, j, np.divide(step, covering[i], out=np.zeros(DIM), where=covering[i] > 0))
        expected = S + edges.due(t)
        (S,) = sent(network, part(S, masks))
        np.testing.assert_allclose(S, expected, atol=1e-12)


@every_trouble
@pytest.mark.parametrize(
    ("specs", "channel"),
    [(["none"], "auto"), (MASKABLE, "auto"), (MASKABLE[:1], "difference"), (SPECS, "auto")],
    ids=["exact", "masked", "difference", "mixed codecs"],
)
def test_the_average_stays(conditions, specs, channel):
    topology = build("star", NODES)
    network = network_of(topology, conditions, codecs=mixed(topology, specs, channel=channel))
    V, mean = rows(), rows().mean(0)
    for _ in range(40 if specs is SPECS else 200):
        (V,) = sent(network, state(V))
    on_their_way = [kept.rows for kept in network.checkpoint_rows() if "/due/" in kept.name]
    assert on_their_way or not conditions.delay
    np.testing.assert_allclose(V.mean(0), mean, rtol=0, atol=1e-12)
    for due in on_their_way:
        np.testing.assert_allclose(due.mean(0), 0, atol=1e-12)


@pytest.mark.parametrize("graph", ["ring", "er:0.5", "star", "complete"])
@every_trouble
def test_averaging_comes_to_the_mean(graph, conditions):
    network, V = network_of(build(graph, NODES, seed=1), conditions), rows()
    for _ in range(1200):
        (V,) = exchange(network, V).wait()
    np.testing.assert_allclose(V, np.tile(rows().mean(0), (NODES, 1)), atol=1e-3)


@pytest.mark.parametrize("specs", [MASKABLE[:1], ["qsgd:4"]], ids=["masked", "difference"])
@pytest.mark.parametrize("conditions", LATE.values(), ids=list(LATE))
def test_lossy_averaging_comes_to_the_mean(topology, conditions, specs):
    network, V = network_of(topology, conditions, codecs=mixed(topology, specs)), rows()
    for _ in range(600):
        (V,) = sent(network, state(V))
    np.testing.assert_allclose(V, np.tile(rows().mean(0), (NODES, 1)), atol=1e-2)
