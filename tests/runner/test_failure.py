"""An error on one of eight ranks ends the job at once, with its exit code, and is told exactly once."""

import re
from pathlib import Path

import failing
import pytest

import p2pbo
from p2pbo.runner import Diverged

PROGRAM = Path(failing.__file__)
RANKS, DEADLINE = 8, 5.0
RAISED = "RuntimeError: an oracle that nobody expected to fail"
DIVERGED = "p2pbo: node 5 diverged at step 3: its x holds NaN or infinity; lower the step sizes"
CASES = {
    "one rank raises": ("exception", 5, 1, RAISED),
    "all ranks raise": ("exception", "all", 1, RAISED),
    "one rank exits with 0": ("exit", 3, 1, "SystemExit: 0"),
    "one rank is interrupted": ("interrupt", 5, 130, "p2pbo: interrupted"),
    "one node diverges": ("nan", 5, 3, DIVERGED),
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


@pytest.mark.parametrize(
    ("kind", "raised", "status"),
    [
        ("exception", RuntimeError, f"failed: {RAISED}"),
        ("exit", SystemExit, "failed: SystemExit: 0"),
        ("interrupt", KeyboardInterrupt, "interrupted"),
        ("nan", Diverged, f"failed: Diverged: {DIVERGED.removeprefix('p2pbo: ')}"),
    ],
)
def test_the_trace_of_a_failed_run_says_so(kind, raised, status, tmp_path):
    with pytest.raises(raised):
        failing.run(kind, 5, tmp_path / "run.h5")
    trace = p2pbo.open_trace(tmp_path / "run.h5")
    assert trace.status == status
    assert trace.values("step").tolist() == [0, 1, 2]
