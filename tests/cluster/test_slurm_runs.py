"""One run on Slurm from the template, with each MPI: to its end, stopped, cancelled, without a host."""

import numpy as np
import pytest
from jobs import PMI, TEMPLATE, Slurm

from p2pbo import open_trace

pytestmark = pytest.mark.cluster

SHAPE = ("--ntasks=2", "--nodes=2", "--job-name=run", "--output=%x.out")
"""A rank on each of two hosts: MPICH's would take turns on one core."""


def adapted(slurm, *changes):
    """The template, with some of its words changed."""
    text = TEMPLATE.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    script = slurm.folder / "job.sh"
    script.write_text(text)
    return script


def submit(slurm, slowly=False):
    """Submit the run of these trials, with steps that take a while or not, and return the job's number."""
    script = adapted(
        slurm, ("--topology torus", "--topology ring"), ("--checkpoint-every 15m", "--checkpoint-every 20")
    )
    return slurm.submit(script, *SHAPE, slowly=slowly)


def started(slurm):
    """The number of a job whose run has begun, has a checkpoint and takes its time."""
    job = submit(slurm, slowly=True)
    slurm.wait_for_rows("run.h5", 4)
    return job


def final(slurm):
    """The state at the end of the run, and the steps from which it was gone on with."""
    trace = open_trace(slurm.folder / "run.h5")
    assert trace.status == "completed", slurm.printed()
    assert len(trace["step"]) == len(set(trace["step"].values)) == 101
    resumed = np.atleast_1d(trace.attributes.get("resumed_at", []))
    return np.concatenate([trace.final.x.ravel(), trace.final.y.ravel()]), list(resumed)


@pytest.fixture(scope="module")
def undisturbed(shared_cluster, build):
    """The end of a run that nobody disturbs."""
    slurm = Slurm(shared_cluster, build, f"undisturbed-{build.name}")
    slurm.wait(submit(slurm), "COMPLETED")
    attributes = open_trace(slurm.folder / "run.h5").attributes
    assert (attributes["ranks"], attributes["hosts"]) == (2, 2)
    state, resumed = final(slurm)
    assert not resumed
    return state


def same_bits(slurm, undisturbed):
    state, (step,) = final(slurm)
    assert 0 < step < 1000
    assert np.array_equal(state, undisturbed)


def test_a_run_that_is_asked_to_stop_is_queued_again_and_ends_in_the_same_bits(cluster, build, undisturbed):
    """USR1 to the ranks, as --signal sends it."""
    slurm = Slurm(cluster, build, f"stopped-{build.name}")
    job = started(slurm)
    slurm.run("scancel", "--signal=USR1", job)
    slurm.wait_for_requeue(job)
    slurm.wait(job, "COMPLETED")
    assert "p2pbo: stopped on request after step" in slurm.printed()
    same_bits(slurm, undisturbed)


def test_a_run_that_is_cancelled_is_gone_on_with_by_the_next_job(cluster, build, undisturbed):
    slurm = Slurm(cluster, build, f"cancelled-{build.name}")
    first = started(slurm)
    slurm.run("scancel", first)
    slurm.wait(first, "CANCELLED")
    slurm.wait(submit(slurm), "COMPLETED")
    assert (slurm.about(first, "JobState"), slurm.about(first, "Restarts")) == ("CANCELLED", "0")
    same_bits(slurm, undisturbed)


def test_a_run_that_loses_a_host_is_queued_again_and_ends_on_others(cluster, build, undisturbed):
    """Open MPI's ranks notice it at once and end with 14, MPICH's wait until Slurm does."""
    slurm = Slurm(cluster, build, f"killed-{build.name}")
    job = started(slurm)
    _, lost = hosts(slurm, job)
    cluster.kill(lost)
    slurm.wait_for_requeue(job)
    slurm.wait(job, "COMPLETED")
    assert lost not in hosts(slurm, job)
    same_bits(slurm, undisturbed)


def hosts(slurm, job):
    return slurm.run("scontrol", "show", "hostnames", slurm.about(job, "NodeList")).stdout.split()


def test_the_end_of_its_time_stops_a_run_that_goes_on_then(cluster, first_build):
    """Slurm's own signal, which comes up to a minute early."""
    slurm = Slurm(cluster, first_build, "time")
    script = adapted(slurm, ("p2pbo run", "p2pbo run --steps 1000000"))
    shape = ("--ntasks=4", "--cpus-per-task=2", "--job-name=run", "--output=%x.out")
    job = slurm.submit(script, *shape, "--time=2", "--signal=USR1@60", slowly=True)
    slurm.wait_for_requeue(job)
    first, trace = slurm.printed(), open_trace(slurm.folder / "run.h5")
    assert "p2pbo: stopped on request after step" in first
    assert trace.description["threads"] == 2
    slurm.wait(job, "RUNNING")
    slurm.wait_for_rows("run.h5", len(trace["step"]) + 1)
    assert slurm.printed().startswith(first)  # the next try adds to it
    slurm.run("scancel", job)


def test_ranks_that_srun_starts_by_the_right_pmi_are_one_world(cluster, build):
    slurm = Slurm(cluster, build, f"srun-{build.name}")
    run = ["p2pbo", "run", "--problem=quadratic", "--nodes=4", "--steps=3", "--out=run.h5"]
    done = slurm.run("srun", "-N4", "-n4", f"--mpi={PMI[build.name]}", *run)
    assert (done.returncode, done.stderr) == (0, "")
    attributes = open_trace(slurm.folder / "run.h5").attributes
    assert (attributes["ranks"], attributes["hosts"]) == (4, 4)


@pytest.mark.parametrize("offered", ["none", "pmi2", "pmix"])
def test_another_pmi_is_one_line_that_names_the_right_one(cluster, build, offered):
    right = PMI[build.name]
    if offered == right:
        pytest.skip("this one fits")
    slurm = Slurm(cluster, build, f"{offered}-{build.name}")
    done = slurm.run("srun", "-N2", "-n2", f"--mpi={offered}", "p2pbo", "run", "--problem=quadratic")
    assert done.returncode == 2
    (line,) = [line for line in done.stderr.splitlines() if not line.startswith("srun: ")]
    assert line.startswith("p2pbo: the launcher's 2 ranks ")
    assert line.endswith(f"; start them with srun --mpi={right}")


def test_a_run_alone_in_an_allocation_says_so(cluster, first_build):
    slurm = Slurm(cluster, first_build, "alone")
    run = ["p2pbo", "run", "--problem=quadratic", "--nodes=4", "--steps=3", "--quiet"]
    done = slurm.run("salloc", "-n4", *run)
    own = [line for line in done.stderr.splitlines() if not line.startswith("salloc: ")]
    line = "p2pbo: warning: this process is alone in an allocation of 4 tasks; start the run with srun to have 4 ranks"
    assert (done.returncode, own) == (0, [line])
