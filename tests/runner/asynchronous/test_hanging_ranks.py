"""Asynchronous ranks give up one that hangs: rows, the end and the job do without it, also where it has written."""

import json
from dataclasses import replace

import hanging_ranks
import numpy as np
import pytest

import p2pbo
from p2pbo.problems import PROBLEMS, ProblemContext


def ended(build, tmp_path, rank, how, **more):
    arguments = str(rank), how, tmp_path / "run.h5", json.dumps(more)
    return build.start(4, hanging_ranks.__file__, *arguments, timeout=150)


def hypergradient(nodes, x):
    """∇Φ of these nodes alone, by their coefficients."""
    held = PROBLEMS.make("quadratic", ProblemContext(4)).exact.__self__
    own = {name: rows[nodes] for name, rows in vars(held).items() if name != "mu"}
    return replace(held, **own).exact(x).hypergradient


def check_rows(trace, lost):
    """Rows are of those who live, and say who does not."""
    living = [node for node in range(4) if node != lost]
    assert trace.status == "completed"
    assert trace["failure_node"].values.tolist() == [lost]
    assert np.isnan(trace.final.x[lost]).all()
    rows = trace["node_upper_loss"].values
    assert np.isfinite(rows[0]).all()
    assert np.isfinite(rows[-1][living]).all()
    assert np.isnan(rows[-1][lost])
    assert np.isnan(trace["hypergradient_norm"].values[-1])
    assert np.isnan(trace["hyper_objective"].values[-1])


def check_said(finished, lost):
    """They say whom they have lost, and what ends with it; all others come to their end."""
    assert finished.code in (0, 9)  # MPICH's launcher counts those that it has to kill
    oks = [f"ok {rank}{' with the trace' * (rank == int(lost == 0))}" for rank in range(4) if rank != lost]
    assert sorted(finished.out.split("\n"))[-3:] == oks
    assert f"rank {lost} with node {lost} was silent for 1s in step " in finished.err
    assert "exact figures are of all nodes: there are none from now on" in finished.err
    assert f"the job is aborted at its end, without rank {lost}" in finished.err


@pytest.mark.parametrize("lost", [0, 2])
def test_the_others_end_at_their_solution_where_one_stops_for_ever(either_build, tmp_path, lost):
    finished = ended(either_build, tmp_path, lost, "stopped")
    check_said(finished, lost)
    trace = p2pbo.open_trace(tmp_path / "run.h5")
    check_rows(trace, lost)
    living = [node for node in range(4) if node != lost]
    x = trace.final.x[living].mean(axis=0)
    np.testing.assert_allclose(trace.final.x[living], np.tile(x, (3, 1)), atol=1e-8)
    assert np.linalg.norm(hypergradient(living, x)) < 1e-7
    assert np.linalg.norm(hypergradient([*range(4)], x)) > 1e-2


ON = {"steps": 10**7, "until": "wall_time=5"}


def test_one_that_comes_back_stands_still(either_build, tmp_path):
    finished = ended(either_build, tmp_path, 0, "back", **ON)
    check_said(finished, 0)
    check_rows(p2pbo.open_trace(tmp_path / "run.h5"), 0)


def test_one_that_is_stuck_says_where_and_ends_nobody(either_build, tmp_path):
    finished = ended(either_build, tmp_path, 1, "asleep", **ON)
    check_said(finished, 1)
    assert "rank 1 (node 1) has made no progress for 1.5 s in the step of nodes " in finished.err
    check_rows(p2pbo.open_trace(tmp_path / "run.h5"), 1)


def test_a_stop_without_all_keeps_no_checkpoint_and_says_so(either_build, tmp_path):
    more = {"steps": 10**6, "checkpoint_every": "20", "log_every": 10**6, "time_limit": "3s"}
    finished = ended(either_build, tmp_path, 2, "stopped", **more)
    assert finished.code in (75, 9)
    assert "stopped at the time limit of 3s after step " in finished.err
    assert (
        f"a checkpoint would lack its nodes; p2pbo run {tmp_path}/run.ckpt goes on from the one before"
        in finished.err
    )
    assert p2pbo.open_trace(tmp_path / "run.h5").status == "stopped: time limit"
    resumed = "-m", "p2pbo", "run", tmp_path / "run.ckpt", "--steps=100", "--time-limit=1m", "--quiet"
    finished = either_build.start(4, *resumed, timeout=60)
    assert (finished.code, finished.err) == (0, "")
