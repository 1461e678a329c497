"""The watchdog: whoever makes no progress is named with whom it waits for, and the job ends."""

import re
import threading
import time

import pytest
import stalling

from p2pbo.runner.process import abort
from p2pbo.runner.process import watchdog as module
from p2pbo.runner.process.exit_codes import STALLED
from p2pbo.runner.process.watchdog import Watchdog

TIMEOUT = 0.3
SAID = re.compile(
    r"^p2pbo: (rank \d) \((nodes? \S+)\) has made no progress for 0.8 s in step (\d): (.*)$", re.M
)


@pytest.fixture
def ended(monkeypatch):
    """The exit codes that this process would have ended with."""
    codes = []
    for where in (module, abort):
        monkeypatch.setattr(where, "REPORT_SECONDS", 0.1)
    monkeypatch.setattr("os._exit", codes.append)
    monkeypatch.setattr("signal.setitimer", lambda *timer: None)
    return codes


def watchdog(aborted, waiting=list, timeout=TIMEOUT):
    return Watchdog(
        timeout, 1, waiting, lambda rank: range(2 * rank, 2 * rank + 1 + rank % 3), aborted.append
    )


def until(true):
    deadline = time.monotonic() + 60
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert true()


def test_a_stalled_rank_says_whom_it_waits_for_and_where_it_stands(ended, capfd):
    aborted = []
    with watchdog(aborted, waiting=lambda: [2, 3]) as watched:
        watched.beat("the row of step", 20)
        until(lambda: ended)
    first, *stack = capfd.readouterr().err.splitlines()
    assert first == (
        "p2pbo: rank 1 (nodes 2–3) has made no progress for 0.3 s in the row of step 20: "
        "waits for rank 2 (nodes 4–6), rank 3 (node 6)"
    )
    assert any("in until" in line for line in stack)  # the watched thread's stack, not the watchdog's own
    assert (aborted, ended) == ([STALLED], [STALLED])  # an abort that comes back is not the end


def test_who_waits_for_nobody_computes(ended, capfd):
    aborted = []
    with watchdog(aborted):
        until(lambda: ended)
    assert "in step 0: waits for nobody: it is computing\n" in capfd.readouterr().err


def test_progress_keeps_it_quiet(ended, capfd):
    """A beat between any TICKS looks, which take no time here."""
    aborted, looks = [], []
    watched = watchdog(aborted)
    left = watched._left

    class Left:
        set = left.set

        @staticmethod
        def wait(seconds):
            looks.append(seconds)
            if len(looks) % module.TICKS == 0:
                watched.beat("step", len(looks))
            return len(looks) > 10 * module.TICKS or left.is_set()

    watched._left = Left
    with watched:
        watched._thread.join(60)
    assert looks == [TIMEOUT / module.TICKS] * (10 * module.TICKS + 1)
    assert (aborted, ended, capfd.readouterr().err) == ([], [], "")


def test_a_rank_that_goes_on_after_all_is_left_alone(ended, capfd):
    """In the time that it is given after the report, which passes here at once."""
    aborted, chances = [], []
    watched = watchdog(aborted)
    left = watched._left

    class Left:
        set = left.set

        @staticmethod
        def wait(seconds):
            if seconds == module.REPORT_SECONDS:
                chances.append(watched.beat("step", 1))
                return False
            return left.wait(seconds)

    watched._left = Left
    with watched:
        until(lambda: chances)
    assert "has made no progress" in capfd.readouterr().err
    assert (aborted, ended) == ([], [])


def test_a_report_that_nobody_can_read_ends_the_job_too(ended, monkeypatch):
    def broken(*write):
        raise BrokenPipeError

    monkeypatch.setattr("os.write", broken)
    monkeypatch.setattr(threading, "excepthook", lambda raised: None)
    aborted = []
    with watchdog(aborted):
        until(lambda: ended)
    assert aborted == [STALLED]


def test_no_timeout_no_thread_and_none_is_left_behind(ended):
    before = threading.enumerate()
    with watchdog([], timeout=0):
        assert threading.enumerate() == before
    with watchdog([]):
        assert len(threading.enumerate()) == len(before) + 1
    assert threading.enumerate() == before


def test_ranks_name_those_that_are_missing(build):
    finished = build.start(4, stalling.__file__)
    assert finished.code == STALLED
    assert set(SAID.findall(finished.err)) == {
        ("rank 0", "node 0", "2", "waits for rank 1 (nodes 1–2), rank 3 (nodes 4–5)"),
        ("rank 1", "nodes 1–2", "2", "waits for nobody: it is computing"),
        ("rank 2", "node 3", "2", "waits for rank 1 (nodes 1–2), rank 3 (nodes 4–5)"),
        ("rank 3", "nodes 4–5", "2", "waits for nobody: it is computing"),
    }
    assert "time.sleep(1000)" in finished.err
    assert "lost[comm.rank]()" in finished.err
    assert "nobody stalled" not in finished.out
