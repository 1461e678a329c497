"""The timeline of simulated nodes: who computes and what is on its way, by the modelled time."""

import json
import warnings

import networkx as nx
import numpy as np
from timeline_events import rows_in

import p2pbo
from p2pbo.errors import Notice

STEPS, SLOW = 30, 10
GIVEN = {"problem": "quadratic", "algorithm": "async-soba", "compute_time": "10ms", "steps": STEPS}


def ring(nodes=5):
    """A ring whose node 0 is slow, with messages of 3 ms."""
    graph = nx.cycle_graph(nodes)
    nx.set_node_attributes(graph, {node: 1 / SLOW if node == 0 else 1.0 for node in graph}, "speed")
    nx.set_edge_attributes(graph, 3.0, "latency")
    return graph


def times(spans):
    """Where spans begin and how long they are, in milliseconds."""
    return np.array([(span["ts"], span["dur"]) for span in spans]).T.reshape(2, -1) / 1e3


def test_nobody_waits_and_the_slow_node_takes_ten_times_as_long(tmp_path):
    path = tmp_path / "t.json"
    trace, without = (p2pbo.run(**GIVEN, topology=ring(), timeline=at) for at in (path, None))
    np.testing.assert_array_equal(trace.final.x, without.final.x)
    rows = rows_in(path)
    assert len(rows) == 5 * 3  # each node's steps, and messages to two neighbours
    for node, steps in enumerate(trace["node_steps"].values[-1].tolist()):
        spans, takes = rows[node, 1], 10.0 * (SLOW if node == 0 else 1)
        assert [span["args"]["step"] for span in spans] == list(range(1, steps + 1))
        begins, lasts = times(spans)
        np.testing.assert_allclose(lasts, takes)
        assert 0 <= begins[0] < takes
        after = begins[0] + takes * np.arange(steps + 1)
        np.testing.assert_allclose(begins, after[:-1], atol=1e-6)
        sent = [times(rows[node, thread]) for thread in (2, 3)]
        assert sum(len(begins) for begins, _ in sent) == trace["messages_sent"].values[-1, node]
        for leaves, lasts in sent:
            np.testing.assert_allclose(lasts, 3.0)
            np.testing.assert_allclose(leaves, after[1 : len(leaves) + 1], atol=1e-6)
    sizes = {span["args"]["bytes"] for (_, thread), spans in rows.items() if thread > 1 for span in spans}
    assert sizes == {16 * 26}


def test_a_node_that_fails_and_a_run_that_goes_on(tmp_path):
    graph, given = ring(), {**GIVEN, "out": tmp_path / "run.h5", "compute_time": "lognormal:10ms:0.5"}
    graph.nodes[3]["fails_at"] = 0.1
    warnings.simplefilter("ignore", Notice)
    p2pbo.run(**{**given, "steps": 12}, topology=graph, checkpoint_every=12)
    before = p2pbo.open_trace(tmp_path / "run.h5")["node_steps"].values[-1]
    trace = p2pbo.run(**given, topology=graph, resume=True, timeline=tmp_path / "t.json")
    rows = rows_in(tmp_path / "t.json")
    assert rows[3, 1] == rows[3, 2] == rows[3, 3] == []
    for node in (0, 1, 2, 4):
        spans = rows[node, 1]
        first, last = int(before[node]) + 1, int(trace["node_steps"].values[-1, node])
        assert [span["args"]["step"] for span in spans] == list(range(first, last + 1))
        begins, lasts = times(spans)
        np.testing.assert_allclose(begins[1:], (begins + lasts)[:-1], atol=1e-5)
        assert (begins + lasts)[-1] <= 1e3 * trace["modelled_time"].values[-1] + 1e-6


def test_names_are_the_graphs_own(tmp_path):
    graph = nx.relabel_nodes(ring(3), {0: "Oslo", 1: "Rome", 2: 'the "Hague"'})
    p2pbo.run(**{**GIVEN, "steps": 2}, topology=graph, timeline=tmp_path / "t.json")
    events = json.loads((tmp_path / "t.json").read_text())
    named = [event["args"]["name"] for event in events if event["name"] in ("process_name", "thread_name")]
    assert named[::2][:3] == ["node 'Oslo'", "node 'Rome'", "node 'the \"Hague\"'"]
    assert "to node 'the \"Hague\"'" in named
