import re
import sys

import numpy as np
import pytest
from matplotlib.colors import to_hex

from p2pbo import InputError
from p2pbo.analysis import X_AXES, draw, plot
from p2pbo.analysis.style import COLOURS, LINES, series_style


def axes_of(*args, **kwargs):
    return draw(*args, **kwargs).axes[0]


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
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["MDBO", "VRDBO"]


@pytest.mark.parametrize(
    ("metric", "scale"), [("consensus_x", "log"), ("upper_loss", "linear"), ("margin", "linear")]
)
def test_what_vanishes_is_drawn_on_a_log_axis(traced, metric, scale):
    assert axes_of([traced()], "iteration", metric).get_yscale() == scale


def test_a_consensus_error_that_is_always_zero_has_no_log_axis(traced):
    assert axes_of([traced(steps=(0,))], "iteration", "consensus_x").get_yscale() == "linear"


def test_a_metric_of_every_node_is_its_mean_and_range(traced):
    axes = axes_of([traced()], "iteration", "node_upper_loss")
    np.testing.assert_allclose(axes.lines[0].get_ydata(), [1, 11, 21])
    band = axes.collections[0].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == (0, 22)


def test_bytes_are_shown_as_megabytes(traced):
    axes = axes_of([traced()], "iteration", "bytes_sent")
    assert axes.get_ylabel() == "payload sent by the node so far (MB)"
    np.testing.assert_allclose(axes.lines[0].get_ydata(), [0, 10, 20])


def test_series_differ_in_colour_and_in_line(traced):
    lines = axes_of([traced("mdbo"), traced("vrdbo"), traced("dsbo")], "iteration", "upper_loss").lines
    assert [to_hex(line.get_color()).upper() for line in lines] == list(COLOURS[:3])
    assert [line.get_linestyle() for line in lines] == list(LINES[:3])


def test_28_series_can_be_told_apart():
    assert len({tuple(series_style(number).items()) for number in range(28)}) == 28


def test_many_series_have_their_legend_beside_the_curves(traced):
    figure = draw([traced(seed=seed) for seed in range(6)], "iteration", "upper_loss")
    assert figure.axes[0].get_legend() is None
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [f"seed {i}" for i in range(6)]


@pytest.mark.parametrize(("suffix", "magic"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_plot_writes_the_format_of_the_name(traced, tmp_path, suffix, magic):
    out = tmp_path / "plots" / f"loss.{suffix}"
    assert plot([traced()], "iteration", "upper_loss", out, "Ring of 3") == out
    assert out.read_bytes().startswith(magic)


def test_the_title_is_above_the_curves(traced):
    assert axes_of([traced()], "iteration", "upper_loss", "Ring of 3").get_title() == "Ring of 3"


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
            "--x bites is not known; did you mean bytes? choose from bytes, iteration, time",
        ),
    ],
)
def test_unknown_names_get_a_suggestion(traced, x, y, complaint):
    with pytest.raises(InputError, match=re.escape(complaint)):
        draw([traced()], x, y)


@pytest.mark.parametrize("x", X_AXES)
def test_a_trace_without_rows_is_named(traced, x):
    with pytest.raises(InputError, match=r"empty\.h5 has no"):
        draw([traced(), traced(stem="empty", steps=())], x, "upper_loss")


def test_an_unknown_format(traced, tmp_path):
    with pytest.raises(InputError, match=r"loss\.gif has no format that p2pbo plots; end it in \.png or"):
        plot([traced()], "iteration", "upper_loss", tmp_path / "loss.gif")


def test_a_place_that_cannot_be_written(traced, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"loss\.png cannot be written"):
        plot([traced()], "iteration", "upper_loss", tmp_path / "file" / "loss.png")


def test_without_matplotlib_the_error_names_the_extra(traced, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(InputError, match=r"matplotlib is not installed; pip install 'p2pbo\[analysis\]'"):
        draw([traced()], "iteration", "upper_loss")
