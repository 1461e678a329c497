"""Ctrl-C: whenever it comes, the trace says that the run was interrupted, and the terminal is as it was before."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress

import pytest
from terminal import in_terminal

import p2pbo
from p2pbo.runner import prepared_run
from p2pbo.runner.process.signals import stop_requests
from p2pbo.trace import TraceWriter

ENDLESS = 10**9
"""Steps."""


def interrupt():
    signal.raise_signal(signal.SIGINT)


@pytest.fixture(scope="module", autouse=True)
def imported():
    """What a run imports: an interrupt in that is another matter."""
    p2pbo.run(problem="quadratic", nodes=2, steps=1)


@pytest.fixture(autouse=True)
def interrupts():
    """As in a process that a terminal starts, whatever has started this one."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def run(out, steps=ENDLESS, **given):
    return p2pbo.run(problem="quadratic", nodes=2, steps=steps, log_every=1, out=out, **given)


@contextmanager
def after(seconds, act):
    """Inside, ``act`` is called once, after so many seconds."""
    before = signal.signal(signal.SIGALRM, lambda number, frame: act())
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("delay", [0.002 * 1.25**number for number in range(20)])
def test_a_trace_says_interrupted_whenever_it_comes(delay, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "unraisablehook", lambda raised: None)
    out = tmp_path / "run.h5"
    with after(delay, interrupt), pytest.raises(KeyboardInterrupt):
        run(out)
    assert not out.exists() or p2pbo.open_trace(out).status == "interrupted"


def test_one_that_is_lost_is_found(tmp_path, monkeypatch):
    """Python ignores what comes out of finalizers."""
    real, lost = TraceWriter.append, []

    class Losing:
        def __del__(self):
            interrupt()

    def append(writer, row):
        real(writer, row)
        if row.step == 5:
            Losing()

    monkeypatch.setattr(TraceWriter, "append", append)
    monkeypatch.setattr(sys, "unraisablehook", lambda raised: lost.append(raised.exc_type))
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "run.h5", steps=100)
    assert lost == [KeyboardInterrupt]
    trace = p2pbo.open_trace(tmp_path / "run.h5")
    assert (trace.status, trace.last.step) == ("interrupted", 5)


@pytest.mark.parametrize("call", range(12))
def test_an_interrupt_while_rows_are_written_waits_for_the_row(call, tmp_path, monkeypatch):
    """At each of the first writes; those of a trace's first commits come in a few calls each."""
    real, calls = os.pwrite, []

    def interrupting(*arguments):
        calls.append(arguments)
        if len(calls) == call + 1:
            interrupt()
        return real(*arguments)

    monkeypatch.setattr(os, "pwrite", interrupting)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "run.h5")
    trace = p2pbo.open_trace(tmp_path / "run.h5")
    assert trace.status == "interrupted"
    assert trace.values("step").tolist() == list(range(trace.rows))


def test_a_second_one_does_not_keep_the_trace_from_saying_so(tmp_path, monkeypatch):
    conclude, append = TraceWriter._conclude, TraceWriter.append

    def impatient(writer, status):
        interrupt()
        conclude(writer, status)

    def interrupted(writer, row):
        append(writer, row)
        if row.step == 3:
            interrupt()

    monkeypatch.setattr(TraceWriter, "_conclude", impatient)
    monkeypatch.setattr(TraceWriter, "append", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "run.h5", steps=100)
    assert p2pbo.open_trace(tmp_path / "run.h5").status == "interrupted"


def test_one_that_comes_with_the_end_leaves_a_complete_trace(tmp_path, monkeypatch):
    real = TraceWriter._conclude

    def late(writer, status):
        interrupt()
        real(writer, status)

    monkeypatch.setattr(TraceWriter, "_conclude", late)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "run.h5", steps=3)
    assert p2pbo.open_trace(tmp_path / "run.h5").status == "completed"


def test_in_the_set_up_it_leaves_no_trace_that_says_running(tmp_path, monkeypatch):
    real = prepared_run.exact_solver

    def slow(*arguments):
        interrupt()
        return real(*arguments)

    monkeypatch.setattr(prepared_run, "exact_solver", slow)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "run.h5")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("call", range(3))
def test_in_a_checkpoint_it_leaves_no_half_of_one(call, tmp_path, monkeypatch):
    real, calls = os.fsync, []

    def interrupting(*arguments):
        calls.append(arguments)
        if len(calls) == call + 1:
            interrupt()
        return real(*arguments)

    monkeypatch.setattr(os, "fsync", interrupting)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "run.h5", checkpoint_every=2)
    assert p2pbo.open_trace(tmp_path / "run.h5").status == "interrupted"
    assert not list(tmp_path.glob("*.new"))


def test_who_can_keep_nothing_is_interrupted_by_what_launchers_hand_on():
    before = signal.getsignal(signal.SIGUSR1)
    with stop_requests() as request:
        request.interrupt_instead()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGUSR1)
    assert signal.getsignal(signal.SIGUSR1) == before


def test_it_is_one_line_and_130_before_anything_is_imported():
    """The command line imports for a second what it needs."""
    program = (
        "import sys\n"
        "class Impatient:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name == 'p2pbo.cli.app': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Impatient())\n"
        "from p2pbo.cli import main\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", program], stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (130, b"p2pbo: interrupted\n")


def under_way(out):
    with suppress(p2pbo.InputError):  # not begun yet
        return p2pbo.open_trace(out).rows > 2


def test_a_terminal_is_as_before(tmp_path):
    out = tmp_path / "run.h5"

    flags = ["--problem=quadratic", "--nodes=2", f"--steps={ENDLESS}", "--log-every=1", "--out", str(out)]
    finished = in_terminal([sys.executable, "-m", "p2pbo", "run", *flags], lambda: under_way(out))
    assert (finished.code, finished.restored, finished.cursor) == (130, True, True)
    assert b"loss" in finished.said  # there was a live line
    assert finished.said.endswith(b"p2pbo: interrupted\r\n")
    assert p2pbo.open_trace(out).status == "interrupted"


@pytest.mark.parametrize("given", [(), ("--on-failure=continue",)])
def test_a_launcher_has_its_ranks_say_so(given, build, tmp_path):
    if given and build.name != "openmpi":
        pytest.skip(f"{build.name} ends the whole job when a rank dies")
    out = tmp_path / "run.h5"
    flags = ["--problem=quadratic", "--nodes=2", f"--steps={ENDLESS}", "--log-every=1", "--out", out, *given]
    command = [build.python, "-m", "p2pbo", "launch", "-n", 2, *flags]
    finished = in_terminal(command, lambda: under_way(out))
    assert (finished.code, finished.restored, finished.cursor) == (130, True, True)
    assert b"p2pbo: interrupted\r\n" in finished.said
    assert p2pbo.open_trace(out).status == ("interrupted" if given else "stopped")
    assert (tmp_path / "run.ckpt").exists() == (not given)
