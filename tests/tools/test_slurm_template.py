"""The template for one run on Slurm."""

import re
from pathlib import Path

import pytest
from batch import ENDS, run_script

from p2pbo import open_trace

TEMPLATE = Path(__file__).parents[2] / "tools" / "slurm.sh"
JOB = {"SLURM_JOB_ID": "7", "SLURM_JOB_NAME": "mine", "SLURM_NTASKS": "4"}


@pytest.fixture
def job(tmp_path, first_build):
    """A function that runs the template as a job, in the environment of an MPI build."""
    activate = tmp_path / "p2pbo" / "bin" / "activate"
    activate.parent.mkdir(parents=True)
    activate.write_text(f'PATH="{first_build.python.parent}:$PATH"\n')
    return lambda **given: run_script(TEMPLATE, tmp_path / "job", HOME=str(tmp_path), **JOB, **given)


def test_the_run_is_that_of_the_line_and_its_trace_has_the_jobs_name(job, tmp_path, first_build):
    ended = job()
    assert (ended.code, ended.requests) == (0, [])
    (step,) = ended.steps
    assert step.startswith(
        {"openmpi": "--mpi=pmix p2pbo run ", "mpich": "--mpi=pmi2 p2pbo run "}[first_build.name]
    )
    trace = open_trace(tmp_path / "job" / "mine.h5")
    assert (trace.status, trace.description["threads"]) == ("completed", 1)


def test_what_slurm_is_asked_for():
    text = TEMPLATE.read_text()
    options = re.findall(r"^#SBATCH --([a-z-]+)", text, re.MULTILINE)
    assert {"signal", "requeue", "open-mode", "cpus-per-task"} < set(options)


@pytest.mark.parametrize(("code", "restarts", "again"), ENDS)
def test_what_can_be_gone_on_with_is_queued_again(job, code, restarts, again):
    ended = job(codes=[code], SLURM_RESTART_COUNT=restarts)
    assert (ended.code, ended.requests) == (code, ["requeue 7"] * again)
