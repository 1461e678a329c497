"""A sweep as a job array on Slurm, from the script that p2pbo writes."""

import re

import pytest
from jobs import Slurm

from p2pbo import open_trace

pytestmark = pytest.mark.cluster

SWEEP = ("--problem=quadratic", "--nodes=2", "--exact=off", "--set", "algorithm.eta=0.1,0.2", "--seed=0:2")


def test_an_array_whose_tasks_stop_and_fail_is_submitted_again(cluster, first_build):
    """One task is stopped and goes on by itself, one ends by accident, and the next script has that alone."""
    slurm = Slurm(cluster, first_build, "sweep")
    study = slurm.folder / "study"
    written = slurm.run("p2pbo", "sweep", *SWEEP, "--steps=300", "--slurm", "--limit=3", "--out", study)
    assert (written.returncode, written.stderr) == (0, "")
    script = study / "sweep.sh"
    script.write_text(
        re.sub(r"(?m)^export PATH=.*$", "", script.read_text())
    )  # which has no p2pbo of MPICH's
    empty = slurm.run("p2pbo", "sweep", study, "--summary")
    assert (empty.returncode, empty.stdout) == (2, "")
    array = slurm.submit(script, slowly=True)
    name = "eta=0.1,seed=1"
    slurm.wait_for_rows(study / "unfinished" / f"{name}.h5", 2)
    slurm.run("scancel", f"{array}_2")
    slurm.run("scancel", "--signal=USR1", f"{array}_1")
    slurm.wait_for_requeue(f"{array}_1")
    for task in (0, 1, 3):
        slurm.wait(f"{array}_{task}", "COMPLETED")
    assert list(open_trace(study / f"{name}.h5").attributes["resumed_at"]) != []
    again = slurm.run("p2pbo", "sweep", study, "--slurm")
    assert again.stdout.startswith("1 point; all else in the script is as it was")
    assert "#SBATCH --array=2%3\n" in script.read_text()
    slurm.wait(f"{slurm.submit(script)}_2", "COMPLETED")
    summed = slurm.run("p2pbo", "sweep", study, "--summary")
    assert (summed.returncode, summed.stderr) == (0, "")
    assert len(list(study.glob("*.h5"))) == 4
