"""Points of a sweep that were stopped go on where they were."""

import numpy as np
import pytest
from sweeping import Silent

from p2pbo import open_trace
from p2pbo.config.sweep import Sweep
from p2pbo.runner.loop import Loop
from p2pbo.runner.process.signals import Stopped
from p2pbo.runner.sweep.folder import SweepFolder
from p2pbo.runner.sweep.points import in_this_process, run_points

BASE = {"problem": "quadratic", "nodes": 3, "steps": 9, "threads": 1, "log_every": 2}


def carried_out(folder, **settings):
    asked = Sweep({**BASE, **settings}, [{}], {})
    held = SweepFolder(folder)
    with held.locked():
        missing = held.missing(asked.points())
        held.record(asked)
        return [outcome.problem for outcome in run_points(missing, in_this_process(held, Silent()), Silent())]


def stopping_at(step, monkeypatch):
    """Ask for a stop after this step."""
    notify = Loop._notify

    def ask(self, at):
        if at == step:
            self._request.made = 10
        notify(self, at)

    monkeypatch.setattr(Loop, "_notify", ask)


def test_a_stopped_point_goes_on_and_leaves_nothing_beside_its_trace(tmp_path, monkeypatch):
    assert carried_out(tmp_path / "whole") == [None]
    with monkeypatch.context() as patch:
        stopping_at(5, patch)
        with pytest.raises(Stopped, match=r"^stopped on request; p2pbo sweep .*parts goes on$"):
            carried_out(tmp_path / "parts")
    assert carried_out(tmp_path / "parts") == [None]
    whole, parts = (open_trace(tmp_path / name / "run.h5") for name in ("whole", "parts"))
    assert parts.attributes["resumed_at"] == [5]
    np.testing.assert_array_equal(parts.final.x, whole.final.x)
    np.testing.assert_array_equal(parts.values("step"), whole.values("step"))
    assert not list((tmp_path / "parts").rglob("*.ckpt"))


def test_what_an_attempt_with_other_settings_has_left_is_removed(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        stopping_at(5, patch)
        with pytest.raises(Stopped):
            carried_out(tmp_path, seed=1)
    assert carried_out(tmp_path, seed=2) == [None]
    trace = open_trace(tmp_path / "run.h5")
    assert (trace.description["seed"], "resumed_at" in trace.attributes) == (2, False)
