"""A run that goes on rounds as it has so far, whatever the limit of new runs is by then."""

import h5py
import numpy as np
import pytest
from resuming import asked_after, everything
from stacked_runs import GIVEN, LIMITS, RUNS, limited

import p2pbo
from p2pbo.runner.process.signals import Stopped
from p2pbo.runner.resume import checkpoints
from p2pbo.trace.checkpoint import CheckpointWriter

LAST = {"stacked": "looped", "looped": "stacked", "between": "looped"}


def run(out, kind, **more):
    return p2pbo.run(**{**GIVEN, **RUNS[kind][1], "out": out, **more})


def stop(out, kind, after=2, **more):
    with asked_after(after), pytest.raises(Stopped):
        run(out, kind, **more)


def without_a_limit(path, described, attributes):
    """The checkpoint as versions without a limit wrote it."""
    return CheckpointWriter(path, described, {k: v for k, v in attributes.items() if k != "stacking_limit"})


def assert_same(found, expected):
    (arrays, attributes), (others, _) = everything(found), everything(expected)
    for name, values in others.items():
        np.testing.assert_array_equal(arrays[name], values, name)
    return attributes


@pytest.mark.parametrize("kind", RUNS)
def test_a_run_keeps_its_limit(kind, tmp_path):
    first, *_ = kind.split()
    whole, stopped = tmp_path / "whole.h5", tmp_path / "stopped.h5"
    with limited(LIMITS[first]):
        run(whole, kind)
        stop(stopped, kind)
    with limited(LIMITS[LAST[first]]):
        stop(stopped, kind, after=3, resume=True)  # the second checkpoint has it, too
        run(stopped, kind, resume=True)
    assert assert_same(stopped, whole)["stacking_limit"] == LIMITS[first]


def test_the_limit_of_new_runs_would_change_bits(tmp_path):
    finals = []
    for limit in LIMITS.values():
        with limited(limit):
            finals.append(run(None, "between first batch").final.y.tobytes())
    assert len(set(finals)) == 3


@pytest.mark.parametrize("kind", ["stacked drawn", "stacked float32"])
def test_a_run_from_before_there_was_a_limit_goes_on_stacked(kind, tmp_path, monkeypatch):
    whole, stopped = tmp_path / "whole.h5", tmp_path / "stopped.h5"
    with limited(LIMITS["stacked"]):
        run(whole, kind)
        with monkeypatch.context() as patched:
            patched.setattr(checkpoints, "CheckpointWriter", without_a_limit)
            stop(stopped, kind)
    with h5py.File(stopped, "r+") as file:
        del file.attrs["stacking_limit"]
    with limited(LIMITS["looped"]):
        stop(stopped, kind, after=3, resume=True)
        run(stopped, kind, resume=True)
    assert "stacking_limit" not in assert_same(stopped, whole)
