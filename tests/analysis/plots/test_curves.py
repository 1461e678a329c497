import re
import sys

import numpy as np
import pytest
from matplotlib.colors import to_hex

from p2pbo import InputError
from p2pbo.analysis import X_AXES, draw_curves, plot_curves
from p2pbo.analysis.plots.figures import write_figure
from p2pbo.analysis.plots.style import COLOURS, LINES, curve_style


def axes_of(*args, **kwargs):
    return draw_curves(*args, **kwargs).axes[0]


def legend_texts(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


@pytest.mark.parametrize(
    ("x", "along", "label"),
    [
        ("iteration", [0, 10, 20], "iteration"),
        ("bytes", [0, 10, 20], "data sent per node (MB)"),
        ("time", [0, 5, 10], "wall-clock time (s)"),
    ],
)
def test_curves_hold_the_metric_of_each_trace(traced, x, along, label):
    axes = axes_of([traced("mdbo"), traced("vrdbo")], x, "upper_loss")
    assert len(axes.lines) == 2
    for line in axes.lines:
        np.testing.assert_allclose(line.get_xdata(), along)
        np.testing.assert_allclose(line.get_ydata(), [1, 1 / 11, 1 / 21])
    assert axes.get_xlabel() == label
    assert axes.get_ylabel() == "upper loss at the network average"
    assert legend_texts(axes) == ["MDBO", "VRDBO"]


@pytest.mark.parametrize(
    ("metric", "scale"), [("consensus_x", "log"), ("upper_loss", "linear"), ("margin", "linear")]
)
def test_what_vanishes_is_drawn_on_a_log_axis(traced, metric, scale):
    assert axes_of([traced()], "iteration", metric).get_yscale() == scale


def test_a_consensus_error_that_is_always_zero_has_no_log_axis(traced):
    assert axes_of([traced(steps=(0,))], "iteration", "consensus_x").get_yscale() == "linear"


def band_of(axes, number=0):
    """The corners of a band, (n, 2)."""
    return axes.collections[number].get_paths()[0].vertices


@pytest.mark.parametrize(("times", "scale"), [(10, "linear"), (20, "log")])
def test_curves_of_very_different_lengths_have_a_log_x_axis(traced, times, scale):
    sent = np.array([[0, 0, 0], [1e6, 1e6, 1e6], [2e6, 2e6, 2e6]])
    traces = [
        traced("mdbo", logged={"bytes_sent": sent}),
        traced("dsbo", logged={"bytes_sent": times * sent}),
    ]
    assert axes_of(traces, "bytes", "upper_loss").get_xscale() == scale


@pytest.mark.parametrize(("metric", "scale"), [("consensus_x", "linear"), ("upper_loss", "log")])
def test_the_scale_can_be_chosen(traced, metric, scale):
    axes = axes_of([traced()], "bytes", metric, scale=scale)
    assert (axes.get_xscale(), axes.get_yscale()) == ("linear", scale)


def test_a_log_axis_cannot_show_what_is_never_positive(traced):
    with pytest.raises(InputError, match=r"--scale log cannot show margin, which is never positive; leave"):
        draw_curves([traced()], "iteration", "margin", scale="log")


def test_a_metric_of_every_node_is_its_mean_and_range(traced):
    axes = axes_of([traced()], "iteration", "node_upper_loss")
    np.testing.assert_allclose(axes.lines[0].get_ydata(), [1, 11, 21])
    assert (band_of(axes)[:, 1].min(), band_of(axes)[:, 1].max()) == (0, 22)
    assert legend_texts(axes) == ["MDBO", "mean and range over the nodes"]


def test_seeds_are_one_curve_in_a_band(traced):
    losses = {0: [4, 2, 1], 1: [6, 2, 0.5]}
    traces = [
        traced(method, seed=seed, logged={"loss": losses[seed]})
        for method in ("mdbo", "vrdbo")
        for seed in losses
    ]
    axes = axes_of(traces, "iteration", "loss")
    assert len(axes.lines) == len(axes.collections) == 2
    np.testing.assert_allclose(axes.lines[1].get_ydata(), [5, 2, 0.75])
    corners = {tuple(corner) for corner in band_of(axes, 1).tolist()}
    assert corners == {(0, 4), (0, 6), (10, 2), (20, 0.5), (20, 1)}
    assert to_hex(axes.collections[1].get_facecolor()[0]).upper() == COLOURS[1]
    assert legend_texts(axes) == ["MDBO", "VRDBO", "mean and range over 2 seeds"]


def test_one_seed_has_no_band(traced):
    assert not axes_of([traced()], "iteration", "upper_loss").collections


def test_on_a_log_axis_a_band_ends_at_the_smallest_positive_figure(traced):
    errors = {0: [0, 1e-3, 1e-2], 1: [0, 0, 1e-4]}
    axes = axes_of(
        [traced(seed=seed, logged={"consensus_x": values}) for seed, values in errors.items()],
        "iteration",
        "consensus_x",
    )
    np.testing.assert_allclose(axes.lines[0].get_ydata(), [np.nan, 5e-4, 5.05e-3])
    corners = {(x, round(y, 8)) for x, y in band_of(axes).tolist()}
    assert corners == {(10, 1e-4), (10, 1e-3), (20, 1e-4), (20, 1e-2)}


def test_bytes_are_shown_as_megabytes(traced):
    axes = axes_of([traced()], "iteration", "bytes_sent")
    assert axes.get_ylabel() == "payload sent by the node so far (MB)"
    np.testing.assert_allclose(axes.lines[0].get_ydata(), [0, 10, 20])


def test_panels_share_axes_and_colours(traced):
    traces = [
        traced(method, topology=graph)
        for graph, methods in {
            "ring": ["mdbo", "vrdbo"],
            "torus": ["vrdbo", "dsbo"],
            "star": ["dsbo"],
        }.items()
        for method in methods
    ]
    figure = draw_curves(traces, "bytes", "consensus_x", facet="topology")
    assert [axes.get_title() for axes in figure.axes] == ["ring", "torus", "star"]
    colours = [
        {line.get_label(): to_hex(line.get_color()).upper() for line in axes.lines} for axes in figure.axes
    ]
    blue, vermilion, green = COLOURS[:3]
    assert colours == [
        {"MDBO": blue, "VRDBO": vermilion},
        {"VRDBO": vermilion, "DSBO": green},
        {"DSBO": green},
    ]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["MDBO", "VRDBO", "DSBO"]
    assert {axes.get_xlim() + axes.get_ylim() for axes in figure.axes} == {
        figure.axes[0].get_xlim() + figure.axes[0].get_ylim()
    }
    assert {axes.get_yscale() for axes in figure.axes} == {"log"}
    assert [axes.get_ylabel() for axes in figure.axes] == ["mean square consensus error\nof x", "", ""]


@pytest.mark.parametrize(("panels", "labelled"), [(2, [0, 1]), (4, [2, 3]), (5, [2, 3, 4])])
def test_the_lowest_panel_of_each_column_names_the_x_axis(traced, panels, labelled):
    figure = draw_curves(
        [traced(nodes=nodes) for nodes in range(panels)], "time", "upper_loss", facet="nodes"
    )
    assert len(figure.axes) == panels
    named = [number for number, axes in enumerate(figure.axes) if axes.get_xlabel()]
    ticked = [
        number for number, axes in enumerate(figure.axes) if axes.xaxis.get_tick_params()["labelbottom"]
    ]
    assert named == ticked == labelled


def test_runs_of_different_problems_are_drawn_together_only_by_force(traced):
    traces = [traced("mdbo"), traced("mdbo", data={"name": "mnist"})]
    with pytest.raises(InputError, match=r"is of another data than .*--force"):
        draw_curves(traces, "iteration", "upper_loss")
    assert len(axes_of(traces, "iteration", "upper_loss", force=True).lines) == 2
    assert len(draw_curves(traces, "iteration", "upper_loss", facet="data").axes) == 2


def test_series_differ_in_colour_and_in_line(traced):
    lines = axes_of([traced("mdbo"), traced("vrdbo"), traced("dsbo")], "iteration", "upper_loss").lines
    assert [to_hex(line.get_color()).upper() for line in lines] == list(COLOURS[:3])
    assert [line.get_linestyle() for line in lines] == list(LINES[:3])


def test_28_series_can_be_told_apart():
    assert len({tuple(curve_style(number).items()) for number in range(28)}) == 28


def test_many_series_have_their_legend_below_the_curves(traced):
    figure = draw_curves([traced(nodes=nodes) for nodes in range(6)], "iteration", "upper_loss")
    assert figure.axes[0].get_legend() is None
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [f"{i} nodes" for i in range(6)]


@pytest.mark.parametrize(("suffix", "magic"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_plot_writes_the_format_of_the_name(traced, tmp_path, suffix, magic):
    out = tmp_path / "plots" / f"loss.{suffix}"
    assert plot_curves([traced()], "iteration", "upper_loss", out, "Ring of 3") == out
    assert out.read_bytes().startswith(magic)


def test_names_that_are_no_utf8_are_drawn_as_far_as_they_are(traced, tmp_path):
    """As in a locale that knows ASCII alone, where the é comes as two bytes."""
    figure = draw_curves([traced()], "iteration", "upper_loss", "caf\udcc3\udca9 \udcff")
    write_figure(figure, tmp_path / "loss.svg")
    assert figure.get_suptitle() == "caf\N{LATIN SMALL LETTER E WITH ACUTE} \N{REPLACEMENT CHARACTER}"


def test_the_title_is_above_the_curves(traced):
    assert draw_curves([traced()], "iteration", "upper_loss", "Ring of 3").get_suptitle() == "Ring of 3"


@pytest.mark.parametrize(
    ("x", "y", "complaint"),
    [
        (
            "iteration",
            "consensus_q",
            "has no metric 'consensus_q'; did you mean consensus_x? choose from bytes_sent",
        ),
        ("iteration", "final_x", "has no metric 'final_x'; choose from"),
        (
            "bites",
            "upper_loss",
            "--x bites is not known; did you mean bytes? choose from bytes, iteration, modelled",
        ),
    ],
)
def test_unknown_names_get_a_suggestion(traced, x, y, complaint):
    with pytest.raises(InputError, match=re.escape(complaint)):
        draw_curves([traced()], x, y)


def test_an_unknown_scale(traced):
    with pytest.raises(InputError, match=r"--scale lin is not known; did you mean linear\?"):
        draw_curves([traced()], "iteration", "upper_loss", scale="lin")


@pytest.mark.parametrize("x", X_AXES)
def test_a_trace_without_rows_is_named(traced, x):
    with pytest.raises(InputError, match=r"empty\.h5 has no"):
        draw_curves(
            [traced(logged={"modelled_time": [0, 1, 2]}), traced(stem="empty", steps=())], x, "upper_loss"
        )


def test_an_unknown_format(traced, tmp_path):
    with pytest.raises(InputError, match=r"loss\.gif has no ending of a picture format; call it \.png, "):
        plot_curves([traced()], "iteration", "upper_loss", tmp_path / "loss.gif")


def test_a_place_that_cannot_be_written(traced, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"loss\.png cannot be written"):
        plot_curves([traced()], "iteration", "upper_loss", tmp_path / "file" / "loss.png")


def test_without_matplotlib_the_error_names_the_extra(traced, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(InputError, match=r"matplotlib is not installed; pip install 'p2pbo\[analysis\]'"):
        draw_curves([traced()], "iteration", "upper_loss")
