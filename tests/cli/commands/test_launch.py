"""``p2pbo launch``: ranks that it starts itself, once it knows that they can run."""

import mpi
import pytest
from command import said_to

from p2pbo import open_trace
from p2pbo.errors import Notice

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
    def supervise(*arguments):
        raise AssertionError("ranks were started")

    monkeypatch.setattr("p2pbo.cli.commands.launch.supervise", supervise)


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
        (("-n", 4, "--hosts=a:2,b:1"), "has 3 places for 4 ranks"),
        ((), "Missing option '-n'"),
    ],
)
def test_mistakes_are_found_before_ranks_start(arguments, line):
    said = said_to("launch", *arguments, *QUADRATIC)
    assert (said.code, said.out) == (2, "")
    assert line in said.err
    assert said.err.count("\n") == 1


@pytest.fixture
def jobs(monkeypatch):
    """The jobs that would be done, and how often they would be started again."""
    jobs = []
    monkeypatch.setattr("p2pbo.cli.commands.launch.supervise", lambda *job: jobs.append(job) or 7)
    return jobs


def test_the_run_gets_all_other_arguments(jobs):
    assert said_to("launch", "-n", 3, *QUADRATIC, "--set", "algorithm.eta=0.2") == (7, "", "")
    ((job, restarts),) = jobs
    assert (job.ranks, job.out, job.hosts, job.fault_tolerant, restarts) == (3, None, (), False, 0)
    assert job.flags == [*QUADRATIC, "--set", "algorithm.eta=0.2"]


def test_the_supervisor_gets_what_it_needs_of_them(jobs, tmp_path):
    flags = (*QUADRATIC, "--out", str(tmp_path / "run.h5"), "--checkpoint-every=5", "--on-failure=continue")
    assert said_to("launch", "--hosts=a:2,b:2", *flags, "-n", 3, "--restarts=2").err == ""
    ((job, restarts),) = jobs
    assert (job.ranks, job.out, job.fault_tolerant, restarts) == (3, tmp_path / "run.h5", True, 2)
    assert (job.flags, [str(host) for host in job.hosts]) == (list(flags), ["a:2", "b:2"])


def test_restarts_that_begin_anew_are_told(jobs, tmp_path):
    with pytest.warns(Notice, match="--restarts 2 without --checkpoint-every starts the run anew"):
        assert said_to("launch", "-n", 2, "--restarts=2", *QUADRATIC, "--out", tmp_path / "run.h5").code == 7


def test_no_mpiexec_is_refused_on_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    said = said_to("launch", "-n", 2, *QUADRATIC)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("p2pbo: mpiexec is not on PATH;")
