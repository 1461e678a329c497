"""``p2pbo sweep -n P``: points on ranks of their own, what those say of failures, and signals meanwhile."""

import signal
import subprocess
import sys

import mpi
import pytest
from command import said_to

from p2pbo import open_trace
from p2pbo.runner.process.launcher import ExitStatus
from p2pbo.trace import TraceWriter

SWEEP = ("sweep", "--problem=quadratic", "--nodes=3", "--steps=2", "--seed=0:2", "--exact=off")


def names(folder):
    return sorted(path.stem for path in folder.glob("*.h5"))


def refused(*arguments):
    said = said_to(*arguments)
    assert (said.code, said.out) == (2, "")
    return said.err.removesuffix("\n")


def test_a_sweep_is_not_started_on_ranks(tmp_path, monkeypatch):
    class World:
        def Get_size(self):
            return 2

    monkeypatch.setattr("p2pbo.cli.flags.world", World)
    assert refused(*SWEEP, "--out", tmp_path / "sweep") == (
        "p2pbo: the sweep was started 2 times by a launcher; start it once, with -n P, or run one point with --point N"
    )


def test_points_run_on_ranks_of_their_own(tmp_path, first_build):
    folder = tmp_path / "sweep"
    program = [first_build.python, "-m", "p2pbo", *SWEEP, "--seed=5", "-n", "2", "--out", folder]
    finished = mpi.finish(program)
    assert (finished.code, finished.err) == (0, "")
    assert finished.out.startswith("1/1  run: completed in")
    trace = open_trace(folder / "run.h5")
    assert (trace.status, trace.attributes["ranks"]) == ("completed", 2)


@pytest.mark.parametrize(
    ("noise", "problem"),
    [
        ("p2pbo: node 0 diverged\nprterun noticed that\n a process exited", "node 0 diverged"),
        ("Traceback (most recent call last)\nZeroDivisionError", "exit code 3"),
        ("", "exit code 3"),
    ],
)
def test_what_ranks_and_their_launcher_say_of_a_failure_is_one_line(tmp_path, monkeypatch, noise, problem):
    launched = []

    def launch(ranks, arguments, stderr):
        launched.append((ranks, arguments))
        program = f"import sys; sys.stderr.write({noise!r}); sys.exit(3)"
        code = subprocess.run([sys.executable, "-c", program], stderr=stderr, check=False).returncode
        return ExitStatus(code, None)

    monkeypatch.setattr("p2pbo.runner.sweep.points.start_ranks", launch)
    folder = tmp_path / "sweep"
    said = said_to(*SWEEP, "--seed=5", "--out", folder, "-n", 2, "--quiet")
    alone = f"(p2pbo sweep {folder} --point 0 runs it alone)"
    assert said == (1, "", f"p2pbo: run failed: {problem} {alone}\n")
    assert launched == [(2, ["-m", "p2pbo", "sweep", str(folder), "--point", "0", "--quiet"])]


@pytest.mark.parametrize(
    ("number", "code", "line"),
    [
        (signal.SIGTERM, 75, "stopped on request; p2pbo sweep {folder} goes on"),
        (signal.SIGHUP, 75, "stopped on request; p2pbo sweep {folder} goes on"),
        (signal.SIGINT, 130, "interrupted"),
    ],
)
def test_a_signal_during_the_ranks_of_a_point_stops_all(tmp_path, monkeypatch, number, code, line):
    launched = []

    def launch(ranks, arguments, stderr):
        launched.append(arguments)
        return ExitStatus(75, number)

    monkeypatch.setattr("p2pbo.runner.sweep.points.start_ranks", launch)
    folder = tmp_path / "sweep"
    said = said_to(*SWEEP, "--out", folder, "-n", 2, "--quiet")
    assert said == (code, "", f"p2pbo: {line.format(folder=folder)}\n")
    assert len(launched) == 1


def test_a_request_to_stop_a_point_stops_all(tmp_path, monkeypatch):
    """What is left of the point is gone on with."""
    real, folder = TraceWriter.append, tmp_path / "sweep"

    def asking(writer, row):
        real(writer, row)
        signal.raise_signal(signal.SIGUSR1)

    with monkeypatch.context() as patched:
        patched.setattr(TraceWriter, "append", asking)
        said = said_to(*SWEEP, "--out", folder, "--quiet")
    assert said == (75, "", f"p2pbo: stopped on request; p2pbo sweep {folder} goes on\n")
    assert [path.name for path in (folder / "unfinished").glob("*.ckpt")] == ["seed=0.ckpt"]
    assert names(folder) == []
    assert said_to("sweep", folder, "--quiet").code == 0
    assert names(folder) == ["seed=0", "seed=1"]
    assert open_trace(folder / "seed=0.h5").attributes["resumed_at"] == [1]


def test_no_mpiexec_is_found_before_any_point_is_run(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert refused(*SWEEP, "--out", tmp_path / "sweep", "-n", 2).startswith("p2pbo: mpiexec is not on PATH;")
