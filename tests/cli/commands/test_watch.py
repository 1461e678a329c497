"""``p2pbo watch``: a line for each row outside a terminal, a curve in one, and how the run has ended."""

import math

import pytest
from command import said_to

import p2pbo
from p2pbo.cli.commands import watch
from p2pbo.cli.terminal import Terminal
from p2pbo.cli.watch_view import WatchView, sparkline
from p2pbo.trace.reading.following import Look


@pytest.fixture(scope="module")
def trace(tmp_path_factory):
    out = tmp_path_factory.mktemp("watched") / "run.h5"
    return p2pbo.run(
        problem="quadratic", nodes=3, steps=40, log_every=10, exact="off", until="wall_time=0", out=out
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    out = tmp_path_factory.mktemp("watched") / "run.h5"
    return p2pbo.run(problem="quadratic", nodes=3, steps=40, log_every=10, exact="off", out=out)


def test_outside_a_terminal_each_row_is_a_line(whole):
    said = said_to("watch", whole.path)
    assert (said.code, said.err) == (0, "")
    *rows, end = said.out.splitlines()
    assert [row.split()[1] for row in rows] == ["0/40", "10/40", "20/40", "30/40", "40/40"]
    assert f"loss {whole.values('upper_loss')[2]:.4f}" in rows[2]
    assert end == f"{whole.path}: completed after step 40 by steps"


def test_the_end_says_why(trace):
    assert said_to("watch", trace.path).out.endswith("completed after step 0 by until wall_time=0\n")


def test_a_terminal_shows_the_last_row_and_the_curve(whole, monkeypatch):
    monkeypatch.setattr(watch, "Terminal", lambda: Terminal(force_terminal=True))
    out = said_to("watch", whole.path).out
    assert sparkline(whole.values("upper_loss").tolist()) in out
    assert "step 40/40" in out
    assert "step 10/40" not in out


def test_a_trace_that_is_not_there_is_not_waited_for(tmp_path):
    said = said_to("watch", tmp_path / "run.h5")
    assert said.code == 2
    assert said.err.endswith("run.h5 does not exist; give the path of a trace that p2pbo run wrote\n")


def test_silence_is_told_while_it_lasts_and_in_the_end(whole):
    view = WatchView(whole)
    view.add(Look([whole.last], "running", 3))
    assert "no row" not in str(view.__rich__())
    view.add(Look([], "running", 75))
    assert str(view.__rich__()).endswith("no row for 75 s")
    assert view.end.endswith("no row for 75 s")


@pytest.mark.parametrize(
    ("values", "curve"),
    [
        ([], ""),
        ([3.0], "▁"),
        ([1.0, 1.0], "▁▁"),
        ([0.0, 7.0, 3.0, math.nan, math.inf], "▁█▄  "),
        (list(range(8)), "▁▂▃▄▅▆▇█"),
    ],
)
def test_a_curve_is_a_line_of_bars(values, curve):
    assert sparkline(values) == curve


def test_a_long_curve_keeps_its_ends():
    curve = sparkline([5.0, *range(1000)])
    assert len(curve) == 60
    assert curve[-1] == "█"
