"""MPI tests are process groups with a deadline; the pytest process itself never imports mpi4py.

A build is an interpreter and the mpiexec that belongs to it. Ranks that are stuck at the deadline are asked for
their tracebacks (SIGABRT, with PYTHONFAULTHANDLER set) and then killed: a hang fails, and shows where it hangs.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
CHOICE = "P2PBO_TEST_MPI"
"""Colon-separated interpreters to test with, each with its mpiexec beside it; these must work."""

ENVIRONMENT = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    "OMPI_MCA_mpi_yield_when_idle": "1",
    "PYTHONFAULTHANDLER": "1",
    "PYTHONPATH": str(Path(__file__).parent),
    "PYTHONWARNINGS": "error",
}
GRACE = 2.0
"""Seconds between asking for tracebacks and the kill."""


@dataclass(frozen=True)
class Finished:
    """What is left of a command: exit code, output, and when it ended (``time.time()``)."""

    code: int
    out: str
    err: str
    ended: float

    @property
    def own_lines(self):
        """The lines of p2pbo itself on stderr; launchers add their own, and Open MPI's end with a zero byte."""
        stripped = [line.strip(" \0") for line in self.err.splitlines()]
        return [line for line in stripped if line.startswith("p2pbo:")]


@dataclass(frozen=True)
class Build:
    """One MPI to test with."""

    name: str
    python: Path
    mpiexec: Path

    def start(self, ranks, *arguments, timeout=300, cwd=None):
        """Run the build's Python with ``arguments`` on ``ranks`` ranks and wait for the end."""
        return finish([self.mpiexec, "-n", ranks, self.python, *arguments], timeout, cwd)

    def program(self, ranks, path, *arguments, timeout=300):
        """Run a rank program: all its ranks must say ``ok RANK``, and nobody may complain."""
        finished = self.start(ranks, "-m", "mpi4py", path, *arguments, timeout=timeout)
        said = sorted(line for line in finished.out.splitlines() if line.startswith("ok "))
        expected = sorted(f"ok {rank}" for rank in range(ranks))
        if (finished.code, said, finished.err) != (0, expected, ""):
            pytest.fail(f"exit code {finished.code}\n{finished.out}\n{finished.err}")
        return finished


def finish(command, timeout=300, cwd=None):
    """Run a command; at the deadline everything that it started dies and the test fails.

    Its temporary files have a folder of their own: a killed Open MPI launcher leaves some that are called after its
    process, and the next one of that number would not start.
    """
    mark = f"P2PBO_TEST_COMMAND={uuid4()}"
    with (
        tempfile.TemporaryDirectory(prefix="p2pbo", ignore_cleanup_errors=True) as scratch,
        tempfile.TemporaryFile("w+") as out,
        tempfile.TemporaryFile("w+") as err,
    ):
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            cwd=cwd,
            env={**os.environ, **ENVIRONMENT, **dict([mark.split("=")]), "TMPDIR": scratch},
            start_new_session=True,
        )
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            ended = time.time()
            _end(mark, stuck=process.returncode is None)
            process.wait()
        texts = [_text(file) for file in (out, err)]
    if code is None:
        pytest.fail(f"no end after {timeout} s: {' '.join(map(str, command))}\n" + "\n".join(texts))
    return Finished(code, *texts, ended)


def _end(mark, stuck):
    """Kill what is left of a command; stuck Pythons first print where they are."""
    if stuck:
        for process in _marked(mark):
            if "python" in process.joinpath("cmdline").read_text().partition("\0")[0]:
                _signal(process, signal.SIGABRT)
        time.sleep(GRACE)
    for process in _marked(mark):
        _signal(process, signal.SIGKILL)


def _marked(mark):
    """The processes of a command, known by their environment: launchers give ranks sessions of their own."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile, or is not ours
            if mark.encode() in process.joinpath("environ").read_bytes().split(b"\0"):
                found.append(process)
    return found


def _signal(process, number):
    with suppress(ProcessLookupError):
        os.kill(int(process.name), number)


def _text(file):
    file.seek(0)
    return file.read()


def builds():
    """The builds to test with; none where no MPI is found and none is asked for."""
    chosen = os.environ.get(CHOICE)
    if chosen:
        return [_build(Path(python), _beside(Path(python))) for python in chosen.split(":")]
    here, other = Path(sys.executable), REPOSITORY / ".venv-mpich" / "bin" / "python"
    launcher = shutil.which("mpiexec")
    found = [(here, _beside(here) if _beside(here).exists() else launcher and Path(launcher))]
    found += [(other, _beside(other))] if other.exists() else []
    return [_build(python, mpiexec) for python, mpiexec in found if mpiexec]


def _beside(python):
    return python.parent / "mpiexec"


def _build(python, mpiexec):
    """The build, called after what its mpiexec says it is."""
    try:
        said = subprocess.run([mpiexec, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return Build(f"{python} (no mpiexec)", python, mpiexec)  # its tests fail at their first launch
    names = {"Open MPI": "openmpi", "OpenRTE": "openmpi", "HYDRA": "mpich"}
    return Build(next((name for word, name in names.items() if word in said), str(mpiexec)), python, mpiexec)
