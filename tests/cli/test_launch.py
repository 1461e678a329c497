"""``p2pbo launch``: ranks that it starts itself, once it knows that they can run."""

import mpi
import pytest
from command import said_to

from p2pbo import open_trace

QUADRATIC = ("--problem=quadratic", "--steps=2", "--nodes=5")


def launch(build, *arguments):
    return mpi.finish([build.python, "-m", "p2pbo", "launch", *arguments])


def test_the_ranks_do_the_run_and_the_first_one_prints(build, tmp_path):
    path = tmp_path / "run.h5"
    finished = launch(build, "-n", "4", *QUADRATIC, "--out", path)
    assert (finished.code, finished.err) == (0, "")
    assert finished.out.count("after step 2") == 1
    attributes = open_trace(path).attributes
    assert (attributes["ranks"], attributes["hosts"], attributes["exit_status"]) == (4, 1, "completed")
    library = {"openmpi": "Open MPI", "mpich": "MPICH"}.get(build.name, "")
    assert library in attributes["mpi_library"]


def test_the_exit_code_is_that_of_the_ranks(build):
    finished = launch(
        build, "-n", "2", *QUADRATIC, "--quiet", "--set=algorithm.eta=1e200", "--algorithm=dsbo"
    )
    assert finished.code == 3
    (line,) = finished.own_lines
    assert line.startswith("p2pbo: node 0 diverged at step 2:")


@pytest.fixture
def no_ranks(monkeypatch):
    def start(*arguments):
        raise AssertionError("ranks were started")

    monkeypatch.setattr("p2pbo.runner.launcher.launch", start)


@pytest.mark.usefixtures("no_ranks")
@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("-n", 2, "--algorithm=mdboo"), "did you mean mdbo?"),
        (("-n", 2, "--set=algorithm.etta=1"), "did you mean eta?"),
        (("-n", 2, "--epochs=1"), "No such option: --epochs"),
        (("-n", 2, "none.toml"), "none.toml cannot be read"),
        (("-n", 2, "--topology=torus:3x5"), "has 15 places for 5 nodes"),
        (("-n", 6), "6 ranks cannot share 5 nodes"),
        (("-n", 0), "Invalid value for '-n'"),
        ((), "Missing option '-n'"),
    ],
)
def test_mistakes_are_found_before_ranks_start(arguments, line):
    said = said_to("launch", *arguments, *QUADRATIC)
    assert (said.code, said.out) == (2, "")
    assert line in said.err
    assert said.err.count("\n") == 1


def test_the_run_gets_all_other_arguments(monkeypatch):
    started = []
    monkeypatch.setattr("p2pbo.runner.launcher.launch", lambda *call: started.append(call) or 7)
    assert said_to("launch", "-n", 3, *QUADRATIC, "--set", "algorithm.eta=0.2").code == 7
    ((ranks, command),) = started
    assert ranks == 3
    assert command[-5:] == ["run", *QUADRATIC, "--set", "algorithm.eta=0.2"][-5:]


def test_no_mpiexec_is_refused_on_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    said = said_to("launch", "-n", 2, *QUADRATIC)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("p2pbo: mpiexec is not on PATH;")
