"""Asynchronous nodes on several ranks end at the solution, whatever happens to one of them."""

import json
from collections import Counter

import numpy as np
import pytest
import ready_ranks

import p2pbo


def test_ranks_end_at_the_solution_and_no_message_is_lost(build):
    build.program(4, ready_ranks.__file__, "equal", timeout=120)


@pytest.mark.parametrize("how", ["paused", "large", "single", "sleeping", "losing", "directed"])
def test_they_do_so_with_other_rows_links_and_pauses(either_build, how):
    either_build.program(4, ready_ranks.__file__, how, timeout=120)


def test_a_slow_rank_hears_while_it_computes(either_build):
    either_build.program(4, ready_ranks.__file__, "slow", timeout=120)


def test_eight_ranks_on_fewer_cores(either_build):
    either_build.program(8, ready_ranks.__file__, "many", timeout=120)


FLAGS = ["--problem=quadratic", "--algorithm=sparkle-gt", "--asynchronous=on", "--quiet"]


def started(build, ranks, out, *flags):
    return build.start(ranks, "-m", "p2pbo", "run", *FLAGS, f"--out={out}", *flags, timeout=60)


def test_a_run_that_diverges_ends_for_all_and_keeps_its_rows(either_build, tmp_path):
    steps = [f"--set=algorithm.{name}=9" for name in ("alpha", "beta", "gamma")]
    finished = started(either_build, 3, tmp_path / "run.h5", *steps, "--steps=100000", "--log-every=10")
    assert finished.code == 3
    (line,) = finished.own_lines
    assert "diverged at step" in line
    trace = p2pbo.open_trace(tmp_path / "run.h5")
    assert "diverged at step" in trace.status
    assert trace["step"].values[0] == 0


def test_a_state_that_is_not_finite_is_named_and_not_sent(either_build, tmp_path):
    steps = [f"--set=algorithm.{name}=1e300" for name in ("alpha", "beta", "gamma")]
    finished = started(either_build, 2, tmp_path / "run.h5", *steps, "--steps=100000", "--log-every=100000")
    assert finished.code == 3
    assert "holds NaN or infinity" in finished.own_lines[0]


def test_rows_say_what_each_node_has_done(either_build, tmp_path):
    finished = started(either_build, 2, tmp_path / "run.h5", "--steps=400", "--log-every=40")
    assert (finished.code, finished.err) == (0, "")
    trace = p2pbo.open_trace(tmp_path / "run.h5")
    steps, sent = trace["node_steps"].values, trace["messages_sent"].values
    np.testing.assert_array_equal(steps[0], 0)
    assert (steps.mean(axis=1) >= trace["step"].values).all()
    assert (sent[-1] <= 2 * steps[-1]).all()
    assert (sent[-1] > 0).all()
    np.testing.assert_array_equal(trace["bytes_sent"].values[-1], 16 * 26 * sent[-1])
    assert 0 < trace["row_age"].values[-1] <= trace["largest_row_age"].values[-1] < 10
    assert trace["wait_time"].values[-1] == 0
    assert "modelled_time" not in trace
    assert trace.ended_by == "steps"
    deviations = trace.final.x - trace.final.x.mean(axis=0)
    norm = np.sqrt((deviations**2).sum(axis=1).mean())  # the last row is of the final state
    np.testing.assert_allclose(trace["consensus_norm_x"].values[-1], norm)


def test_a_timeline_shows_that_nobody_waits(either_build, tmp_path):
    out, timeline = tmp_path / "run.h5", tmp_path / "run.json"
    finished = started(either_build, 3, out, "--steps=60", "--log-every=20", f"--timeline={timeline}")
    assert (finished.code, finished.err) == (0, "")
    spans = Counter(
        (event["pid"], event["name"]) for event in json.loads(timeline.read_text()) if event["ph"] == "X"
    )
    assert {name for _, name in spans} == {"compute", "log"}
    steps = p2pbo.open_trace(out)["node_steps"].values[-1]
    for rank, first in enumerate((0, 3, 6)):
        assert spans[rank, "compute"] == steps[first]


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--compute-time=10ms"], "--compute-time 10ms is for nodes that are simulated"),
        (
            ["--problem=logreg-hpo", "--algorithm=mdbo", "--exact=on"],
            "--exact on lets all ranks solve together",
        ),
    ],
)
def test_what_ranks_cannot_do_is_refused(either_build, tmp_path, flags, said):
    finished = started(either_build, 2, tmp_path / "run.h5", "--steps=3", *flags)
    assert finished.code == 2
    (line,) = finished.own_lines
    assert line.startswith(f"p2pbo: {said}")


def test_a_rank_that_never_comes_back_is_named(either_build):
    finished = either_build.start(3, ready_ranks.__file__, "gone", timeout=60)
    assert finished.code != 0
    named = [line for line in finished.err.splitlines() if "has made no progress" in line]
    assert "waits for rank 1 (nodes 2–4)" in named[0]
