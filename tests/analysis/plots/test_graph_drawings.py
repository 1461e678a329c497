import sys

import numpy as np
import pytest
from command import said_to
from matplotlib.colors import to_rgba

from p2pbo import InputError
from p2pbo.analysis import draw_consensus, draw_traffic
from p2pbo.analysis.plots.layout import graph_layout, positions
from p2pbo.analysis.plots.run_graph import run_graph
from p2pbo.analysis.plots.style import colour_map
from p2pbo.analysis.plots.topology import plot_topology
from p2pbo.topology import build, spectral_report
from p2pbo.topology.files.graphml_writer import write_graphml
from p2pbo.trace import Header, TraceRow, TraceWriter, open_trace

K = 4
PALEST, MIDDLE, DARKEST = (colour_map()(share) for share in (0.0, 0.5, 1.0))
WHITE = to_rgba("white")


def trace_of(topology="ring", distances=(), edge_bytes=None, codecs=None, drawn_on="ring", nodes=K):
    """A run that says it went over ``topology``, on the edges of ``drawn_on``."""
    edges = build(drawn_on, nodes).edges
    described = {"algorithm": {"name": "mdbo"}, "topology": {"name": str(topology)}, "seed": 0}
    codecs = codecs or ["none"] * len(edges.source)
    writer = TraceWriter(None, Header(described, nodes, 1, 1, 0, edges.source, edges.target, codecs, {}))
    for number, distance in enumerate(distances):
        writer.append(
            TraceRow(10 * number, {"upper_loss": 1.0}, {"node_consensus_x": np.array(distance, float)})
        )
    if edge_bytes is not None:
        writer.write_edge_counts(np.array(edge_bytes), np.ones(len(edge_bytes), int))
    return writer.close("completed" if edge_bytes is not None else "interrupted")


def shades(axes):
    """The colours of the nodes, (K, 4)."""
    return axes.collections[1].get_facecolor()


def pictured(figure):
    """The axes of graphs, without that of the colour bar."""
    return [axes for axes in figure.axes if axes.get_label() != "<colorbar>"]


def bar(figure):
    (found,) = [axes for axes in figure.axes if axes.get_label() == "<colorbar>"]
    return found


def test_nodes_are_coloured_by_their_distance_on_a_log_scale():
    figure = draw_consensus(trace_of(distances=[[0] * K, [1e-6, 1e-4, 1e-2, 0]]))
    (axes,) = pictured(figure)
    assert axes.get_title() == "step 10"
    np.testing.assert_allclose(shades(axes), [PALEST, MIDDLE, DARKEST, WHITE], atol=1e-12)
    np.testing.assert_allclose(axes.collections[1].get_offsets(), positions(build("ring", K).graph))
    assert len(axes.collections[0].get_segments()) == 4
    assert bar(figure).get_xscale() == "log"
    np.testing.assert_allclose(bar(figure).get_xlim(), (1e-6, 1e-2))
    assert bar(figure).get_xlabel() == "distance of the node's x to the average"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["exactly 0"]
    assert figure.get_suptitle() == "MDBO, ring, 4 nodes, uncompressed"


def test_all_steps_have_one_colour_scale():
    figure = draw_consensus(trace_of(distances=[[1e-2] * K, [1e-3] * K, [1e-4] * K]), title="Three steps")
    for axes, colour in zip(pictured(figure), (DARKEST, MIDDLE, PALEST), strict=True):
        np.testing.assert_allclose(shades(axes), [colour] * K)
    assert not figure.legends
    assert figure.get_suptitle() == "Three steps"


@pytest.mark.parametrize(
    ("zeros", "rows", "steps"), [(1, 21, [10, 70, 140, 200]), (0, 3, [0, 10, 20]), (2, 3, [20])]
)
def test_steps_are_spread_from_the_first_disagreement_to_the_last_row(zeros, rows, steps):
    figure = draw_consensus(trace_of(distances=[[float(row >= zeros)] * K for row in range(rows)]))
    assert [axes.get_title() for axes in pictured(figure)] == [f"step {step}" for step in steps]


def test_rounding_errors_do_not_have_all_the_colours():
    figure = draw_consensus(trace_of(distances=[[1e-3, 1e-3, 1e-3, 1.001e-3]]))
    np.testing.assert_allclose(shades(pictured(figure)[0]), [MIDDLE] * K, atol=0.02)
    low, high = bar(figure).get_xlim()
    assert high / low == pytest.approx(10)


def test_a_run_without_disagreement_has_no_colour_bar():
    figure = draw_consensus(trace_of(distances=[[0] * K] * 3))
    (axes,) = figure.axes
    assert axes.get_title() == "step 20"
    np.testing.assert_allclose(shades(axes), [WHITE] * K)
    assert len(figure.legends) == 1


RING = {(0, 1): 3, (0, 3): 0, (1, 2): 1, (2, 3): 2}  # MB, both ways together


def ring_bytes(there=0.75):
    """For each directed edge of the ring of four its bytes, more of them from the lower node."""
    edges = build("ring", K).edges
    ends = zip(edges.source.tolist(), edges.target.tolist(), strict=True)
    return [int(1e6 * RING[min(e), max(e)] * (there if e[0] < e[1] else 1 - there)) for e in ends]


def test_edges_are_coloured_and_wide_by_what_they_carried_both_ways():
    figure = draw_traffic(trace_of(edge_bytes=ring_bytes()))
    (axes,) = pictured(figure)
    edges, place = axes.collections[0], positions(build("ring", K).graph)
    for number, ((i, j), megabytes) in enumerate(RING.items()):
        np.testing.assert_allclose(edges.get_segments()[number], place[[i, j]])
        np.testing.assert_allclose(edges.get_colors()[number], colour_map()(megabytes / 3))
    widths = np.array(edges.get_linewidths())
    np.testing.assert_allclose((widths - widths[1]) / (widths[0] - widths[1]), [1, 0, 1 / 3, 2 / 3])
    assert widths[1] > 0.5
    np.testing.assert_allclose(bar(figure).get_ylim(), (0, 3))
    assert bar(figure).get_ylabel() == "payload over the edge, both ways (MB)"
    assert figure.get_suptitle() == "MDBO, ring, 4 nodes, uncompressed"
    assert not figure.legends


def test_edges_that_carried_the_same_look_the_same_on_a_scale_from_zero():
    figure = draw_traffic(trace_of(edge_bytes=[10**6] * 8))
    np.testing.assert_allclose(pictured(figure)[0].collections[0].get_colors(), [DARKEST] * 4)
    np.testing.assert_allclose(bar(figure).get_ylim(), (0, 2))


def test_codecs_are_named_where_edges_differ():
    edges = build("ring", K).edges
    codecs = ["sign" if 0 in ends else "none" for ends in zip(edges.source, edges.target, strict=True)]
    codecs[0] = "topk:2"  # 0 → 1, and sign the other way
    figure = draw_traffic(trace_of(edge_bytes=ring_bytes(), codecs=codecs))
    assert figure.get_suptitle() == "MDBO, ring, 4 nodes"
    lines = figure.legends[0].get_lines()
    texts = ["sign / topk:2 (3 MB an edge)", "uncompressed (1.5 MB an edge)", "sign (0 MB an edge)"]
    assert [line.get_label() for line in lines] == texts
    np.testing.assert_allclose([line.get_color() for line in lines], [DARKEST, MIDDLE, PALEST], atol=0.01)


def test_a_legend_lists_no_more_than_eight_codecs():
    edges = build("complete", 5).edges
    codecs = [f"topk:{i + 5 * j}" for i, j in np.sort(np.column_stack([edges.source, edges.target])).tolist()]
    trace = trace_of("complete", edge_bytes=range(1, 21), codecs=codecs, drawn_on="complete", nodes=5)
    listed = [line.get_label() for line in draw_traffic(trace).legends[0].get_lines()]
    assert len(listed) == 9
    assert listed[-1] == "and 2 codecs more"


def test_a_file_that_is_still_there_says_where_nodes_are_and_one_that_changed_does_not(tmp_path):
    path = tmp_path / "net.graphml"
    topology = build("ring", K)
    write_graphml(topology, path)
    known, changed = (run_graph(trace_of(path, drawn_on=graph)) for graph in ("ring", "star"))
    assert [held["label"] for _, held in known.nodes(data=True)] == ["0", "1", "2", "3"]
    assert sorted(changed.edges) == [(0, 1), (0, 2), (0, 3)]
    assert not any("label" in held for _, held in changed.nodes(data=True))


@pytest.mark.parametrize(
    ("algorithm", "topology"),
    [("fab", "directed-ring:3"), ("fab", "one-peer-exponential"), ("fab", ["directed-ring", "star"])],
)
def test_directed_and_changing_graphs_are_drawn_where_their_family_has_its_nodes(
    tmp_path, algorithm, topology
):
    given = {"topology": topology} if isinstance(topology, str) else {"topology.schedule": ",".join(topology)}
    flags = [word for name, value in given.items() for word in ("--set", f"{name}={value}")]
    command = ["run", "--problem=quadratic", f"--algorithm={algorithm}", "--nodes=6", "--steps=1", *flags]
    assert said_to(*command, "--out", tmp_path / "run.h5", "--quiet").code == 0
    graph = run_graph(open_trace(tmp_path / "run.h5"))
    expected = build(topology, 6)
    ends = np.sort(np.column_stack([expected.source, expected.target]), axis=1)
    assert sorted(graph.edges) == sorted(map(tuple, np.unique(ends, axis=0).tolist()))
    assert not graph.is_directed()
    np.testing.assert_allclose(positions(graph), positions(build("ring", 6).graph))


@pytest.mark.parametrize("name", ["custom", "no/such.graphml", "er:0.5"])
def test_a_graph_that_cannot_be_made_again_is_that_of_the_trace(name):
    graph = run_graph(trace_of(name))
    assert sorted(map(tuple, graph.edges)) == sorted(RING)
    assert "layout" not in graph.graph


def test_edges_round_a_torus_are_two_stubs_of_one_edge():
    drawn = graph_layout(build("torus:1x1", 1).graph), graph_layout(build("torus", 9).graph)
    assert len(drawn[0].line) == 0
    count = np.bincount(drawn[1].edge)
    assert (len(count), np.sum(count == 1), np.sum(count == 2)) == (18, 12, 6)
    lengths = np.abs(drawn[1].line[:, 1] - drawn[1].line[:, 0]).sum(axis=1)
    np.testing.assert_allclose(lengths, np.where(count[drawn[1].edge] == 1, 1, 0.45))


@pytest.mark.parametrize(
    ("name", "nodes", "share"), [("ring", 4, 2**0.5 / 2), ("torus", 16, 1 / 3), ("ring", 1, 1)]
)
def test_spacing_is_the_distance_to_the_nearest_node(name, nodes, share):
    assert graph_layout(build(name, nodes).graph).spacing == pytest.approx(share)


@pytest.mark.parametrize(
    ("draw", "trace", "complaint"),
    [
        (draw_consensus, {}, "has no logged step yet"),
        (
            draw_traffic,
            {"distances": [[1] * K]},
            "does not say what its edges carried, its run is interrupted",
        ),
        (
            draw_traffic,
            {"edge_bytes": [0] * 8},
            "has sent nothing over its edges; use a run of several nodes",
        ),
    ],
)
def test_what_a_trace_does_not_hold_is_said(draw, trace, complaint):
    with pytest.raises(InputError, match=complaint):
        draw(trace_of(**trace))


def test_an_older_trace_has_no_distances(traced):
    with pytest.raises(InputError, match="has no node_consensus_x, being of an older p2pbo; run it again"):
        draw_consensus(traced())


@pytest.mark.parametrize(
    ("name", "nodes"), [("ring", 8), ("star", 16), ("complete", 4), ("line", 2), ("ring", 1)]
)
def test_no_text_lies_over_the_spectrum(tmp_path, monkeypatch, name, nodes):
    drawn = []
    monkeypatch.setattr("matplotlib.figure.Figure.savefig", lambda figure, path: drawn.append(figure))
    topology = build(name, nodes)
    report = spectral_report(topology)
    plot_topology(topology, report, tmp_path / "net.png")
    axes = drawn[0].axes[1]
    assert not axes.texts
    assert axes.get_title().startswith(f"spectral gap 1 − λ = {report.gap:.3g}\na disagreement halves in")
    eigenvalues = np.linalg.eigvalsh(topology.matrix())[::-1]
    np.testing.assert_allclose(axes.lines[-1].get_ydata(), eigenvalues, atol=1e-12)
    np.testing.assert_allclose(axes.lines[-1].get_xdata(), np.arange(1, nodes + 1))


@pytest.mark.parametrize("draw", [draw_consensus, draw_traffic])
def test_without_matplotlib_the_error_names_the_extra(monkeypatch, draw):
    trace = trace_of(distances=[[1] * K], edge_bytes=[1] * 8)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(InputError, match=r"matplotlib is not installed; pip install 'p2pbo\[analysis\]'"):
        draw(trace)
