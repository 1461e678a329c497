import pytest
from matplotlib.colors import to_hex

from p2pbo import InputError
from p2pbo.analysis.plots.study import draw_study, plot_study
from p2pbo.analysis.plots.style import COLOURS, LINES
from p2pbo.topology.study import RefusedTopology, StudiedTopology


def row(
    topology, nodes, gap, busiest=16, predicted=10.0, measured=10.0, early=4.0, lowest=None, highest=None
):
    return StudiedTopology(
        topology, "metropolis", nodes, 1 - gap, gap, nodes * busiest // 8, busiest // 8, nodes * busiest, busiest,
        predicted, measured, early, lowest or gap, highest or gap,
    )  # fmt: skip


ROWS = [
    row("ring", 16, 0.05, predicted=13.0, measured=13.0, early=7.0),
    row("ring", 8, 0.2, predicted=3.0, measured=3.0, early=2.0),
    row("hypercube", 8, 0.5, busiest=24),
    RefusedTopology("hypercube", "metropolis", 12, "topology hypercube needs a power of two"),
    row("ring", 512, 5e-5, predicted=14e3, measured=None, early=200.0),
    row("graphs/net.graphml", 14, 0.15, busiest=32, measured=None, early=None),
]


def points(line):
    return list(zip(line.get_xdata(), line.get_ydata(), strict=True))


@pytest.fixture(scope="module")
def figure():
    return draw_study(ROWS)


def test_gaps_are_drawn_against_the_size_and_the_cost_from_small_to_large(figure):
    by_size, by_cost, _ = figure.axes
    ring, cube, net = (points(line) for line in by_size.lines)
    assert (ring, cube, net) == ([(8, 0.2), (16, 0.05), (512, 5e-5)], [(8, 0.5)], [(14, 0.15)])
    ring, cube, net = (points(line) for line in by_cost.lines)
    assert (ring, cube, net) == ([(16, 0.2), (16, 0.05), (16, 5e-5)], [(24, 0.5)], [(32, 0.15)])


def test_measured_rounds_are_filled_early_ones_hollow_and_what_was_not_seen_is_left_out(figure):
    drawn = [line for line in figure.axes[2].lines if line.get_marker() in "os^" and len(line.get_xdata())]
    filled = [points(line) for line in drawn if line.get_markerfacecolor() != "none"]
    hollow = [points(line) for line in drawn if line.get_markerfacecolor() == "none"]
    assert filled == [[(3, 3), (13, 13)], [(10, 10)]]
    assert hollow == [[(3, 2), (13, 7), (14e3, 200)], [(10, 4)]]


def test_the_diagonal_is_where_theory_and_measurement_agree(figure):
    diagonal = figure.axes[2].lines
    ends = [line.get_xy1() + line.get_xy2() for line in diagonal if hasattr(line, "get_xy1")]
    assert ends == [(1, 1, 10, 10)]


def test_all_axes_are_logarithmic_and_say_what_they_show(figure):
    assert {(axes.get_xscale(), axes.get_yscale()) for axes in figure.axes} == {("log", "log")}
    assert figure.axes[1].get_xlabel() == "bytes a round of the busiest node,\nper entry of a variable"
    low, high = figure.axes[0].get_ylim()
    assert low < 5e-5
    assert high > 1


def test_topologies_differ_in_colour_line_and_marker_and_are_named_once(figure):
    lines = figure.axes[0].lines
    assert [to_hex(line.get_color()).upper() for line in lines] == list(COLOURS[:3])
    assert [line.get_linestyle() for line in lines] == list(LINES[:3])
    assert len({line.get_marker() for line in lines}) == 3
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["ring", "hypercube", "net.graphml"]


def test_a_picture_is_written_of_one_node_alone_too(tmp_path):
    path = plot_study(
        [row("ring", 1, 1.0, busiest=0, predicted=1.0, measured=1.0, early=1.0)], tmp_path / "a.png"
    )
    assert path.read_bytes().startswith(b"\x89PNG")


def test_random_families_have_a_band_over_their_draws():
    er = [row("er:0.3", 8, 0.2, lowest=0.1, highest=0.4), row("er:0.3", 16, 0.3, lowest=0.2, highest=0.35)]
    by_size = draw_study([*er, row("ring", 8, 0.2)]).axes[0]
    (band,) = by_size.collections
    corners = {tuple(point) for point in band.get_paths()[0].vertices.tolist()}
    assert corners >= {(8, 0.1), (8, 0.4), (16, 0.2), (16, 0.35)}
    (bar,) = draw_study(er[:1]).axes[0].collections
    assert bar.get_segments()[0].tolist() == [[8, 0.1], [8, 0.4]]


def test_another_format_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"study\.gif has no ending of a picture format; call it \.png"):
        plot_study(ROWS, tmp_path / "study.gif")
