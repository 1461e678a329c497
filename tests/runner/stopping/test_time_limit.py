"""``--time-limit``: a run stops by itself, with its whole state, and goes on as if nothing had happened."""

import time
from types import SimpleNamespace

import numpy as np
import pytest
from command import said_to

import p2pbo
from p2pbo.errors import InputError
from p2pbo.network.wire.fault_tolerant import ENABLED
from p2pbo.runner.process.signals import OutOfTime, StopRequest
from p2pbo.runner.survivors import setup

RUN = {"problem": "quadratic", "nodes": 4, "steps": 30, "log_every": 3}


def slowly(row):
    time.sleep(0.05)


def test_it_stops_and_goes_on(tmp_path):
    out = tmp_path / "run.h5"
    with pytest.raises(
        OutOfTime, match=r"^stopped at the time limit of 0.1s after step \d+; p2pbo run .*run.ckpt"
    ):
        p2pbo.run(**RUN, out=out, time_limit="0.1s", callback=slowly)
    stopped = p2pbo.open_trace(out)
    assert (stopped.status, stopped.ended_by) == ("stopped: time limit", None)
    resumed = p2pbo.run(**RUN, out=out, resume=True, time_limit="2h")  # of another limit
    assert (resumed.status, resumed.ended_by) == ("completed", "steps")
    np.testing.assert_array_equal(resumed.final.x, p2pbo.run(**RUN).final.x)


def test_one_that_is_long_enough_changes_nothing():
    request = StopRequest()
    assert not request.out_of_time
    request.limit(3600)
    assert not request.out_of_time
    request.limit(0)
    assert request.out_of_time


def test_the_command_line_ends_with_75(tmp_path):
    flags = ("--problem=quadratic", "--nodes=3", "--steps=1000000", "--quiet")
    said = said_to("run", *flags, "--time-limit=0.01s", "--out", tmp_path / "run.h5")
    assert said.code == 75
    assert said.err.startswith("p2pbo: stopped at the time limit of 0.01s after step ")
    assert (tmp_path / "run.ckpt").exists()


def test_a_sweep_goes_on_with_its_next_point(tmp_path):
    axes = ("--problem=quadratic", "--nodes=3", "--steps=1000000", "--time-limit=0.01s", "--seed=0,1")
    said = said_to("sweep", *axes, "--out", tmp_path / "sweep")
    assert said.code == 1
    assert (said.out + said.err).count("stopped at the time limit of 0.01s after step ") >= 2
    assert len(list((tmp_path / "sweep").rglob("*.ckpt"))) == 2


@pytest.mark.parametrize("limit", ["30", "soon", "0s"])
def test_what_is_no_time_is_refused(limit, tmp_path):
    with pytest.raises(InputError, match=r"time_limit = .* is refused"):
        p2pbo.run(**RUN, out=tmp_path / "run.h5", time_limit=limit)


def test_without_a_file_nothing_could_go_on():
    with pytest.raises(InputError, match="--time-limit keeps its files beside the trace, which goes nowhere"):
        p2pbo.run(**RUN, time_limit="1h")


def test_ranks_that_may_die_keep_no_state(monkeypatch):
    monkeypatch.setattr(setup, "mpi_library", lambda: "Open MPI v5.0.11")
    monkeypatch.setenv(ENABLED, "1")
    described = SimpleNamespace(on_failure="continue", checkpoint_every=None, time_limit="1h")
    with pytest.raises(InputError, match="and --time-limit exclude each other"):
        setup.is_fault_tolerant(
            SimpleNamespace(description=described), SimpleNamespace(comm=object(), size=2)
        )
