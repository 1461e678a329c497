"""Stopping on request: whoever sends the signal, and whenever, the run ends after a step with a checkpoint."""

import signal
import subprocess
import sys
import time
from contextlib import suppress
from types import SimpleNamespace

import pytest
from resuming import asked_after

import p2pbo
from p2pbo.errors import InputError
from p2pbo.runner import loop, prepared_run
from p2pbo.runner.process.signals import Stopped, stop_requests
from p2pbo.runner.resume import schedule
from p2pbo.trace.checkpoint import open_checkpoint


def run(out, **given):
    return p2pbo.run(**{"problem": "quadratic", "nodes": 4, "steps": 9, "log_every": 3, "out": out, **given})


@pytest.fixture
def heard():
    """The signals that have their usual effect, as this process had it."""
    numbers = []
    before = signal.signal(signal.SIGUSR1, lambda number, frame: numbers.append(number))
    yield numbers
    signal.signal(signal.SIGUSR1, before)


def test_a_request_is_noted_until_it_is_declined(heard):
    with stop_requests() as request:
        signal.raise_signal(signal.SIGUSR1)
        assert (request.made, heard) == (signal.SIGUSR1, [])
        request.decline()
        assert heard == [signal.SIGUSR1]
        signal.raise_signal(signal.SIGUSR1)
    assert heard == [signal.SIGUSR1] * 2


@pytest.fixture
def hangup():
    """Sets what the end of the terminal does."""
    before = signal.getsignal(signal.SIGHUP)
    yield lambda handler: signal.signal(signal.SIGHUP, handler)
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize(("handler", "made"), [(signal.SIG_DFL, signal.SIGHUP), (signal.SIG_IGN, None)])
def test_the_end_of_the_terminal_asks_unless_it_is_ignored(handler, made, hangup):
    """As nohup has it ignored."""
    hangup(handler)
    with stop_requests() as request:
        signal.raise_signal(signal.SIGHUP)
        assert request.made == made
        request.made = None
    assert signal.getsignal(signal.SIGHUP) == handler


def test_a_request_that_has_been_heard_has_no_other_effect(heard, tmp_path):
    with asked_after(3), pytest.raises(Stopped):
        run(tmp_path / "run.h5")
    assert heard == []
    signal.raise_signal(signal.SIGUSR1)
    assert heard == [signal.SIGUSR1]


def test_a_run_that_could_not_go_on_is_ended_as_ever(heard):
    with asked_after(3):
        assert run(None).status == "completed"
    assert heard == [signal.SIGUSR1]


def test_a_request_after_the_last_step_comes_too_late(heard, tmp_path):
    with asked_after(9):
        assert run(tmp_path / "run.h5").status == "completed"
    assert heard == []
    assert not (tmp_path / "run.ckpt").exists()


def test_a_request_during_the_set_up_stops_after_the_first_step(heard, tmp_path, monkeypatch):
    really = prepared_run.exact_solver

    def slow(*arguments):
        signal.raise_signal(signal.SIGUSR1)
        return really(*arguments)

    monkeypatch.setattr(prepared_run, "exact_solver", slow)
    with pytest.raises(Stopped, match="after step 1;"):
        run(tmp_path / "run.h5")
    assert open_checkpoint(tmp_path / "run.ckpt").step == 1


@pytest.fixture
def kept(monkeypatch):
    """The steps of checkpoints."""
    steps, really = [], loop.save

    def save(path, state, *rest):
        steps.append(state.step)
        really(path, state, *rest)

    monkeypatch.setattr(loop, "save", save)
    return steps


@pytest.mark.parametrize(("every", "steps"), [(4, [4, 8, 9]), ("9", [9]), (20, [9]), (None, [])])
def test_checkpoints_come_every_so_many_steps_and_with_the_last(every, steps, kept, tmp_path):
    run(tmp_path / "run.h5", checkpoint_every=every)
    assert kept == steps


def test_checkpoints_come_after_so_much_time(kept, tmp_path, monkeypatch):
    hours = iter(range(100))
    clock = SimpleNamespace(monotonic=lambda: 3600.0 * next(hours) / 2)
    monkeypatch.setattr(schedule, "time", clock)  # looked at first, after each step and at each checkpoint
    run(tmp_path / "run.h5", checkpoint_every="1h")
    assert kept == [2, 4, 6, 8, 9]


def test_checkpoints_need_a_trace(kept):
    with pytest.raises(InputError, match="--checkpoint-every keeps its files beside the trace"):
        run(None, checkpoint_every=1)
    assert kept == []


def under_way(out):
    with suppress(InputError):  # not begun yet
        return len(p2pbo.open_trace(out).values("step")) > 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_process_with_75_and_one_line(number, tmp_path):
    out = tmp_path / "run.h5"
    flags = ["--problem=quadratic", "--steps=1000000", "--log-every=1", "--quiet", "--out", out]
    process = subprocess.Popen(
        [sys.executable, "-m", "p2pbo", "run", *flags], stderr=subprocess.PIPE, text=True
    )
    try:
        deadline = time.monotonic() + 120
        while not under_way(out):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(number)
        _, said = process.communicate(timeout=120)
    finally:
        process.kill()
    step = open_checkpoint(tmp_path / "run.ckpt").step
    assert process.returncode == 75
    assert said == f"p2pbo: stopped on request after step {step}; p2pbo run {tmp_path / 'run.ckpt'} goes on\n"
    assert p2pbo.open_trace(out).values("step").tolist() == list(range(step + 1))
