"""Asynchronous nodes go on from what a checkpoint keeps of them: all together as if nothing had been, or one behind."""

import networkx as nx
import numpy as np
import pytest
from dense_nodes import DenseNodes, Draws

from p2pbo.asynchronous.checkpointing import node_rows, restore_nodes
from p2pbo.asynchronous.hosted_nodes import HostedNodes
from p2pbo.config import Description
from p2pbo.network import Ranks
from p2pbo.runner.assembly import Assembly, UserObjects
from p2pbo.runner.asynchronous.setup import simulation
from p2pbo.runner.timeline.timeline import Timeline

NODES = 4
SLOW = nx.cycle_graph(NODES)
nx.set_node_attributes(SLOW, {i: 0.2 if i == 1 else 1.0 for i in SLOW}, "speed")
nx.set_edge_attributes(SLOW, {(i, (i + 1) % NODES): 4.0 + i for i in range(NODES)}, "latency")
CARDS = nx.complete_graph(NODES)
nx.set_node_attributes(CARDS, 1e5, "bandwidth")
FAULTS = {"drop": 0.1, "double": 0.3}
CASES = {
    "all at the same times": {"compute_time": "10ms"},
    "losses and copies": {"topology": SLOW, "links": FAULTS, "compute_time": "lognormal:10ms:0.5"},
    "directed": {"topology": "directed-ring:3", "settings": {"mixing": "push-pull"}, "links": FAULTS},
    "shared cards": {"topology": CARDS, "links": {"drop": 0.1}},
    "float32": {"topology": SLOW, "dtype": "float32"},
    "alone": {"topology": "complete", "nodes": 1},
}


def assembled(topology="ring", settings=(), nodes=NODES, **given):
    steps = {"alpha": 1.6, "beta": 1.6, "gamma": 1.6, "theta": 1.0, "radius": "off"}
    own = None if isinstance(topology, str) else topology
    given = {
        "problem": {"name": "quadratic", "samples": 20},
        "algorithm": {"name": "sparkle-gt", **steps, **dict(settings)},
        "topology": {"name": "custom" if own is not None else topology},
        "asynchronous": "on",
        "compute_time": "10ms",
        "nodes": nodes,
        **given,
    }
    return Assembly.build(lambda: Description.parse(given), UserObjects(topology=own), Ranks())


def handled(simulation, events):
    for _ in range(events):
        simulation.handle()
    return simulation


def kept(rows):
    """The rows by name, in the order of nodes or edges, as a file has them."""
    return {own.name: own.rows[np.argsort(own.index)].copy() for own in rows}


def reading(rows):
    return lambda name, index: rows[name][index]


def everything(simulation):
    state = simulation.nodes.state(0)
    parts = {
        f"{place} {name}": rows for place, V in enumerate(state.variables) for name, rows in V.rows().items()
    }
    previous = {f"{place} before": rows for place, rows in enumerate(state.previous)}
    return {**parts, **previous, **kept(simulation.checkpoint_rows()), "now": simulation.now}


@pytest.mark.parametrize("events", [0, 1, 50, 333])
@pytest.mark.parametrize("given", CASES.values(), ids=CASES)
def test_the_events_after_it_are_those_that_would_have_come(given, events):
    assembly = assembled(**given)
    first, second = handled(simulation(assembly, Timeline()), events), simulation(assembly, Timeline())
    second.restore(first.nodes.state(0), first.now, reading(kept(first.checkpoint_rows())))
    for _ in range(200):
        first.handle()
        second.handle()
        assert (first.now, first.on_their_way) == (second.now, second.on_their_way)
    assert first.nodes.steps.sum() == second.steps
    expected, found = everything(first), everything(second)
    assert expected.keys() == found.keys()
    for name, rows in expected.items():
        np.testing.assert_array_equal(found[name], rows, name)
        assert np.asarray(found[name]).dtype == np.asarray(rows).dtype


def only(nodes, node):
    """One of the nodes alone."""
    return HostedNodes(range(node, node + 1), [nodes[node]], [nodes.edges[node]])


@pytest.mark.parametrize("given", [{}, CASES["directed"]], ids=["ring", "directed"])
def test_a_node_from_an_older_checkpoint_than_its_neighbours_goes_on_to_the_solution(given):
    """Whose directions, at the average, are 0 over the network; and Σ t + Σ (ρ − ρ̃) = Σ u there, edge by edge."""
    assembly = assembled(**{**given, "links": FAULTS})
    running = handled(simulation(assembly, Timeline()), 200)
    alone = only(running.nodes, 2)
    state, rows = alone.state(0), kept(node_rows(alone))
    handled(running, 800)
    newer = running.nodes.steps[2]
    restore_nodes(alone, state, lambda name, index: rows[name])
    alone[2].ledger.resume(running.now)
    assert (alone[2].state.step < newer / 2, alone[2].ledger.incarnation) == (True, 1)
    running.advance(running.steps + 850 * NODES)
    assert np.abs(directions(assembly.problem, running.nodes.state(0).point).mean(0)).max() < 1e-10
    assert_ledger(running.nodes)


def directions(problem, point):
    """(D_x, D_y, D_z) of every node at the average, by explicit matrices."""
    everything = [Draws(slice(None), slice(None), slice(None), [])] * NODES
    average = [np.broadcast_to(V.mean(0), V.shape) for V in point]
    return np.concatenate(DenseNodes(problem, 1, 1).tracked(*average, everything), axis=1)


def assert_ledger(nodes):
    ledgers = [node.ledger for node in nodes.nodes]
    estimates = np.concatenate([variable.U for variable in nodes.state(0).variables], axis=1)
    trackers = [edges.own_push * own.half for edges, own in zip(nodes.edges, ledgers, strict=True)]
    told, heard = {}, {}
    for edges, own in zip(nodes.edges, ledgers, strict=True):
        told |= zip(edges.tells.tolist(), own.told, strict=True)
        heard |= zip(edges.hears.tolist(), own.heard.mass, strict=True)
    off = [told[edge] - heard[edge] for edge in told]
    assert np.abs(off).max() < 1e-10
    np.testing.assert_allclose(np.sum(trackers, 0) + np.sum(off, 0), estimates.sum(0), rtol=0, atol=1e-12)
