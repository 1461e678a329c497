"""Codecs by bandwidth: what a trace counted on an edge, at its latency and its rate, takes equal time where it can."""

import networkx as nx
import numpy as np
import pytest

import p2pbo
from p2pbo.errors import Notice

LINKS = {(0, 1): (5.0, 2e3), (1, 2): (20.0, 5e3), (2, 3): (0.0, 4e3), (3, 0): (11.0, 2.5e3)}
"""Of a ring of 4: ms and bytes per second."""
STEPS = 3
WIDE = {"name": "quadratic", "dim_x": 120, "dim_y": 40, "samples": 4}


def ring(links=LINKS):
    graph = nx.Graph()
    for edge, (latency, bandwidth) in links.items():
        graph.add_edge(*edge, latency=latency, bandwidth=bandwidth)
    return graph


def run(graph=None, problem=WIDE, **given):
    usual = {"topology": graph or ring(), "steps": STEPS, "codec_by": "bandwidth", "exact": "off"}
    return p2pbo.run(**{**usual, "problem": problem, **given})


def seconds_a_step(trace, graph):
    """Of every directed edge, from the messages and bytes that the trace counted."""
    found = []
    for e, edge in enumerate(zip(trace["edge_source"].values, trace["edge_target"].values, strict=True)):
        held = graph.edges[edge]
        waits = trace["edge_messages"].values[e] * held["latency"] / 1000
        found.append((waits + trace["edge_bytes"].values[e] / held["bandwidth"]) / STEPS)
    return np.array(found)


@pytest.mark.parametrize(
    ("algorithm", "codec"),
    [
        ("nc-soba", "randk:0.3"),  # one round of one row of each variable
        ("mdbo", "x=randk:0.2,y=none"),  # one round with trackers
        ("sparkle-gt", "randblock:0.3"),  # two rounds
        ("ma-dsbo", "topk:0.4"),  # many rounds, of one variable each
        ("ef-soba-msc", "randk:0.3"),  # two payloads of each innovation
        ("ef-soba", "x=randk:0.3,y=randk:0.9,z=randk:0.3"),  # y is whole first
    ],
)
def test_all_edges_take_equal_time(algorithm, codec):
    trace = run(algorithm=algorithm, codec=codec)
    seconds = seconds_a_step(trace, ring())
    assert seconds.min() > 0.95 * seconds.max()
    assert len(set(trace["edge_codec"].values)) > 2
    assert trace.attributes["edge_time_min"] == pytest.approx(seconds.min(), rel=1e-12)
    assert trace.attributes["edge_time_max"] == pytest.approx(seconds.max(), rel=1e-12)


def test_the_slowest_edge_has_the_codec_that_is_given():
    plain, fitted = run(codec="randk:0.3", codec_by=None), run(codec="randk:0.3")
    slowest = seconds_a_step(plain, ring()).argmax()
    assert fitted["edge_bytes"].values[slowest] == plain["edge_bytes"].values[slowest]
    assert (fitted["edge_bytes"].values >= plain["edge_bytes"].values).all()
    assert seconds_a_step(fitted, ring()).max() <= seconds_a_step(plain, ring()).max() * (1 + 1e-12)


def test_edges_that_cannot_become_as_slow_are_said():
    graph = ring({(0, 1): (40.0, 1e6), (1, 2): (1.0, 1e6), (2, 0): (1.0, 1e6)})
    with pytest.warns(
        Notice, match=r"^--codec-by bandwidth leaves edges that take 3\.56 to 40\.13 ms a step"
    ):
        trace = run(graph, codec="randk:0.05")
    seconds = seconds_a_step(trace, graph)
    np.testing.assert_allclose(sorted(seconds * 1e3)[::5], [1 + 2 * 160 * 8 / 1e3, 40 + 2 * 8 * 8 / 1e3])


def test_parts_of_rows_are_fitted_to_the_smallest_part():
    settings = {"capacity": "1,1/2", "masks": "rolling"}
    trace = run(algorithm="rabo", settings=settings, codec="randk:0.4")
    given = run(algorithm="rabo", settings=settings, codec="randk:0.4", codec_by=None)
    assert (seconds_a_step(trace, ring()).min()) > 0.9 * seconds_a_step(trace, ring()).max()
    assert trace["edge_bytes"].values.sum() > given["edge_bytes"].values.sum()


def test_a_rehearsal_leaves_no_trace_of_its_own():
    """Where all edges are alike the numbers are those of the codec without a fit, and so are the counts of work."""
    graph = ring(dict.fromkeys(LINKS, (5.0, 1e6)))
    problem = {"name": "logreg-hpo"}
    data = {"name": "synthetic", "samples": 120, "features": 6, "classes": 3}
    plain, fitted = (
        run(
            graph,
            problem,
            data=data,
            codec="x=randk:2",
            algorithm="fedmbo",
            settings={"batch": 2},
            codec_by=by,
        )
        for by in (None, "bandwidth")
    )
    np.testing.assert_array_equal(plain.final.x, fitted.final.x)
    np.testing.assert_array_equal(plain.values("edge_bytes"), fitted.values("edge_bytes"))
    if "node_flops" in plain.metrics:
        np.testing.assert_array_equal(plain.values("node_flops"), fitted.values("node_flops"))
