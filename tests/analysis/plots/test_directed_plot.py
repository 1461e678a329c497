"""The plot of a directed topology: its arrows, its panels, and its eigenvalues."""

import networkx as nx
import numpy as np
import pytest
from matplotlib.patches import FancyArrowPatch

from p2pbo.analysis.plots.directed_topology import PANELS, plot_directed_topology
from p2pbo.analysis.plots.layout import positions
from p2pbo.topology import build
from p2pbo.topology.spectrum.directed_report import directed_report


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """The axes with a title or arrows of the figure of a topology, the eigenvalues last."""
    figures = []
    monkeypatch.setattr("matplotlib.figure.Figure.savefig", lambda figure, path: figures.append(figure))

    def axes_of(*given):
        topology = build(*given)
        plot_directed_topology(topology, directed_report(topology), tmp_path / "net.png")
        *graphs, right = figures[-1].axes
        return topology, graphs, right

    return axes_of


def arrows(axes):
    return [patch for patch in axes.patches if isinstance(patch, FancyArrowPatch)]


def ends(axes, topology):
    """The edges of the arrows, by where they begin and end before the rims of nodes."""
    position = positions(topology.graph)
    nearest = [
        tuple(int(np.linalg.norm(position - end, axis=1).argmin()) for end in arrow._posA_posB)
        for arrow in arrows(axes)
    ]
    return sorted(nearest)


def middle(arrow):
    """The middle of an arrow's curve, (2,), in the data's coordinates."""
    path = arrow.get_connectionstyle()(*arrow._posA_posB, shrinkA=0, shrinkB=0)
    a, control, b = path.vertices
    return a / 4 + control / 2 + b / 4


def test_every_edge_is_an_arrow_with_a_head(drawn):
    topology, (left,), _ = drawn("directed-ring:3", 8)
    assert ends(left, topology) == sorted(topology.graph.edges)
    assert all(type(arrow.get_arrowstyle()).__name__ == "CurveFilledB" for arrow in arrows(left))


def test_both_directions_of_an_edge_are_arcs_on_either_side(drawn):
    graph = nx.DiGraph([(0, 1), (1, 0), (1, 2), (2, 0)])
    _, (left,), _ = drawn(graph)
    there, back, *others = arrows(left)  # 0 → 1, 1 → 0
    (a, b), straight = there._posA_posB, [np.mean(arrow._posA_posB, axis=0) for arrow in others]
    right = np.array([b[1] - a[1], a[0] - b[0]])  # to the right of the way from a to b
    sides = [(middle(arrow) - np.mean([a, b], axis=0)) @ right for arrow in (there, back)]
    assert sides[0] == pytest.approx(-sides[1])
    assert sides[0] > 0.05 * (right @ right)
    np.testing.assert_allclose([middle(arrow) for arrow in others], straight, atol=1e-12)


def test_few_graphs_in_turn_have_a_panel_each(drawn):
    topology, graphs, _ = drawn("one-peer-exponential", 16)
    assert [axes.get_title() for axes in graphs] == [f"round {number}" for number in range(4)]
    for number, axes in enumerate(graphs):
        assert ends(axes, topology) == sorted((i, (i + 2**number) % 16) for i in range(16))


def test_of_many_graphs_in_turn_the_union_is_drawn(drawn):
    K = 2**PANELS + 1
    topology, (left,), _ = drawn("one-peer-exponential", K)
    assert left.get_title() == f"union of {PANELS + 1} graphs"
    assert len(arrows(left)) == len(topology.source) == K * (PANELS + 1)


def test_graphs_that_are_drawn_anew_are_no_rounds(drawn):
    _, graphs, _ = drawn("one-peer-exponential:random", 4)
    assert [axes.get_title() for axes in graphs] == ["graph 0", "graph 1"]


@pytest.mark.parametrize(
    ("name", "turn"), [("directed-ring:3", ""), (["directed-ring", "star"], " over 2 rounds")]
)
def test_the_eigenvalues_are_those_of_the_products_of_a_period(drawn, name, turn):
    topology, _, right = drawn(name, 6)
    rounds = topology.rounds or (None,)
    for line, of, letter in zip(right.lines, (topology.matrix, topology.push_matrix), "RC", strict=True):
        product = np.eye(6)
        for up in rounds:
            product = of(up) @ product
        expected = np.linalg.eigvals(product)
        found = line.get_xdata() + 1j * line.get_ydata()
        np.testing.assert_allclose(np.abs(found[:, None] - expected).min(1), 0, atol=1e-9)
        assert line.get_label() == f"of {letter}{turn}"
    second = np.sort(np.abs(expected))[-2]
    assert right.patches[1].radius == pytest.approx(second)
