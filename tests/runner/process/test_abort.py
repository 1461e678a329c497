"""An error on one of four ranks ends the job at once, with its exit code, and is told exactly once.

So does a rank that dies, as far as its launcher can tell; and ranks that are not alike do not begin.
"""

import re
import signal
import sys
from pathlib import Path

import failing
import mpi
import pytest

import p2pbo
from p2pbo.runner import Diverged
from p2pbo.runner.process.supervisor import FINAL_CODES

PROGRAM = Path(failing.__file__)
RANKS, DEADLINE = 4, 5.0
RAISED = "RuntimeError: an oracle that nobody expected to fail"
DIVERGED = "node 5 diverged at step 3: its x holds NaN or infinity; lower eta or beta1"
CASES = {
    "one rank raises": ("exception", 5, 1, RAISED),
    "all ranks raise": ("exception", "all", 1, RAISED),
    "one rank exits with 0": ("exit", 3, 1, "SystemExit: 0"),
    "one rank is interrupted": ("interrupt", 5, 130, "p2pbo: interrupted"),
}


@pytest.mark.parametrize(("kind", "node", "code", "line"), CASES.values(), ids=CASES)
def test_a_failure_ends_the_job(build, kind, node, code, line, tmp_path):
    out = tmp_path / "run.h5"
    finished = build.start(RANKS, PROGRAM, kind, node, out)
    failed = [float(when) for when in re.findall(r"^failing at (\S+)", finished.out, re.MULTILINE)]
    assert len(failed) == (RANKS if node == "all" else 1)
    assert finished.ended - min(failed) < DEADLINE
    assert finished.code == code
    assert finished.err.count(line) == 1, finished.err
    one_line = line.startswith("p2pbo:")
    assert finished.own_lines == [line] * one_line
    assert finished.err.count("Traceback (most recent call last)") == (not one_line)
    assert p2pbo.open_trace(out).values("step").tolist() == [0, 1, 2]


@pytest.mark.parametrize("kind", ["killed", "gone", "segfault"])
def test_a_rank_that_dies_without_a_word_ends_the_job(build, kind, tmp_path):
    out = tmp_path / "run.h5"
    finished = build.start(2, PROGRAM, kind, 5, out)
    (failed,) = re.findall(r"^failing at (\S+)", finished.out, re.MULTILINE)
    assert finished.ended - float(failed) < DEADLINE
    if (build.name, kind) != (
        "mpich",
        "gone",
    ):  # Hydra ends the others without a word, and often says 0 itself
        assert finished.code not in FINAL_CODES
        assert re.search(r"signal|exited|exiting", finished.out + finished.err)  # the launcher's own words
    trace = p2pbo.open_trace(out)
    assert trace.status != "completed"
    steps = trace.values("step").tolist()
    assert steps == [0, 1, 2][: len(steps)]
    assert len(steps) >= 2  # the last may have been on its way


def test_ranks_that_are_not_alike_refuse_to_run(build):
    finished = build.start(2, PROGRAM, "unlike")
    assert (finished.code, finished.err) == (0, "")
    said = [*["rank 1's description differs from rank 0's"] * 2, "rank 1's versions differ from rank 0's"]
    for rank in "01":
        own = [line[2:] for line in finished.out.splitlines() if line.startswith(rank)]
        assert [line.partition(";")[0] for line in own] == said


@pytest.mark.parametrize(
    ("kind", "raised", "status"),
    [
        ("exception", RuntimeError, f"failed: {RAISED}"),
        ("exit", SystemExit, "failed: SystemExit: 0"),
        ("interrupt", KeyboardInterrupt, "interrupted"),
        ("nan", Diverged, f"failed: Diverged: {DIVERGED}"),
    ],
)
def test_the_trace_of_a_failed_run_says_so(kind, raised, status, tmp_path):
    with pytest.raises(raised):
        failing.run(kind, 5, tmp_path / "run.h5")
    trace = p2pbo.open_trace(tmp_path / "run.h5")
    assert trace.status == status
    assert trace.values("step").tolist() == [0, 1, 2]


def test_an_abort_that_never_comes_back_and_lets_no_thread_run_ends_the_process():
    """As MPICH's does on a host that is cut off; here C waits for a lock, and Python for C."""
    deaf = (
        "import ctypes; from p2pbo.runner.process import abort; abort.REPORT_SECONDS = 0.1\n"
        "lock = ctypes.create_string_buffer(128); libc = ctypes.PyDLL(None); libc.pthread_mutex_lock(lock)\n"
        "abort.abort_job(lambda code: libc.pthread_mutex_lock(lock), 69)"
    )
    assert mpi.finish([sys.executable, "-c", deaf]).code == -signal.SIGALRM
