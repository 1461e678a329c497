"""Sweeps as Slurm job arrays."""

import os
import re
import subprocess

import pytest
from sweeping import sweep, traces

from p2pbo import InputError
from p2pbo.runner.sweep.folder import SweepFolder
from p2pbo.runner.sweep.slurm import array_ranges, write_script


@pytest.mark.parametrize(
    ("points", "written"), [([3], "3"), ([0, 1, 2], "0-2"), ([0, 2, 3, 7, 8, 9, 11], "0,2-3,7-9,11")]
)
def test_numbers_as_slurm_writes_them(points, written):
    assert array_ranges(points) == written


def directives(script):
    return dict(re.findall(r"^#SBATCH --([a-z-]+)=(.*)$", script.read_text(), re.MULTILINE))


@pytest.mark.parametrize(("ranks", "tasks"), [(None, "3"), (2, "2"), (8, "3")])
def test_a_job_array_asks_for_what_its_points_need(tmp_path, ranks, tasks):
    points = sweep(seed=[0, 1, 2], nodes=[4, 3], threads=[2]).points()
    found = directives(write_script(tmp_path, points[1:], ranks, "1-02:00:00", 5))
    assert found.pop("output") == f"{tmp_path}/slurm-%a.out"
    assert found == {
        "job-name": f"p2pbo-{tmp_path.name}",
        "array": "1-5%5",
        "ntasks": tasks,
        "cpus-per-task": "2",
        "time": "1-02:00:00",
        "signal": "USR1@120",
    }


@pytest.mark.parametrize("time", ["", "soon", "1 hour", "1:2:3:4"])
def test_what_is_no_time_is_refused(tmp_path, time):
    with pytest.raises(InputError, match=rf"--time {time} is no time for Slurm; write HH:MM:SS"):
        write_script(tmp_path, sweep().points(), None, time, 5)
    assert not list(tmp_path.iterdir())


def test_a_task_of_the_array_runs_its_point(tmp_path):
    """With an srun that starts one task here."""
    folder, programs = tmp_path / "my sweep", tmp_path / "bin"
    held, asked = SweepFolder(folder), sweep(seed=[0, 1])
    with held.locked():
        held.record(asked)
    script = write_script(folder, asked.points(), None, "10", 5)
    programs.mkdir()
    (programs / "srun").write_text('#!/bin/sh\nexec "$@"\n')
    (programs / "srun").chmod(0o755)
    environment = {**os.environ, "SLURM_ARRAY_TASK_ID": "1", "PATH": f"{programs}:{os.environ['PATH']}"}
    finished = subprocess.run(["bash", script], env=environment, capture_output=True, text=True, check=False)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert f"trace: {folder}/seed=1.h5" in finished.stdout
    assert list(traces(folder)) == ["seed=1"]
