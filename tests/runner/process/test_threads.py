"""Threads of the numerical libraries, and the cores that a launcher leaves to them."""

import os

import mpi
import pytest
from threadpoolctl import threadpool_info

import p2pbo
from p2pbo.network import Ranks
from p2pbo.runner import prepared_run
from p2pbo.runner.process.threads import thread_limit

SEVERAL_CORES = pytest.mark.skipif(
    (os.cpu_count() or 1) < 2, reason="all ranks have the one core that there is"
)


def blas_threads(threads=None):
    with thread_limit(threads, Ranks(None)):
        (found,) = {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}
    return found


def test_one_process_has_what_slurm_gives_a_task_unless_it_is_told(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    usual = blas_threads()
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "3")
    assert (blas_threads(), blas_threads(2)) == (3, 2)
    monkeypatch.setenv("OMP_NUM_THREADS", "5")  # which libraries read when they are loaded
    assert blas_threads() == usual


@pytest.mark.parametrize("threads", [None, 2])
def test_one_process_has_one_pool_of_threads_in_a_step(threads):
    """numpy's where oracles are in closed form, torch's where torch computes them."""
    torch = pytest.importorskip("torch")
    usual = torch.get_num_threads()
    with thread_limit(threads, Ranks(None), by_torch=True):
        assert {found["num_threads"] for found in threadpool_info() if found["user_api"] == "blas"} == {1}
        assert torch.get_num_threads() == (threads or usual)
    assert torch.get_num_threads() == usual


def test_a_run_knows_whether_torch_computes_its_oracles(monkeypatch):
    found = []

    def spy(threads, ranks, *, by_torch):
        found.append(by_torch)
        return thread_limit(threads, ranks, by_torch=by_torch)

    monkeypatch.setattr(prepared_run, "thread_limit", spy)
    p2pbo.run(problem="quadratic", nodes=2, steps=1)
    p2pbo.run(problem="loss-tuning", nodes=2, steps=1, settings={"batch": 2, "lipschitz": 10.0})
    assert found == [False, True]


@SEVERAL_CORES
@pytest.mark.parametrize("threads", [1, 2])
def test_threads_that_share_a_core_are_told(build, threads):
    """Open MPI's mpiexec binds two ranks to a core each where it is not told otherwise."""
    run = [
        "-W",
        "default",
        "-m",
        "p2pbo",
        "run",
        "--problem=quadratic",
        "--steps=1",
        "--quiet",
        f"--threads={threads}",
    ]
    finished = mpi.finish(["taskset", "-c", 0, build.mpiexec, "-n", 2, build.python, *run])
    assert finished.code == 0
    line = "p2pbo: warning: --threads 2: each rank is bound to 1 core; start the ranks with mpiexec --bind-to none"
    assert finished.own_lines == [line] * (threads == 2)


@SEVERAL_CORES
def test_launched_ranks_are_not_bound(build):
    flags = ["--problem=quadratic", "--steps=1", "--quiet", "--threads=2"]
    finished = mpi.finish([build.python, "-m", "p2pbo", "launch", "-n", 2, *flags])
    assert (finished.code, finished.own_lines) == (0, [])
