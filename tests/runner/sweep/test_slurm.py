"""Sweeps as Slurm job arrays."""

import re

import pytest
from batch import ENDS, run_script
from sweeping import sweep, traces

from p2pbo import InputError
from p2pbo.runner.process import exit_codes
from p2pbo.runner.sweep.folder import SweepFolder
from p2pbo.runner.sweep.slurm import array_ranges, write_script


@pytest.fixture(autouse=True)
def _library(monkeypatch):
    monkeypatch.setattr("p2pbo.runner.sweep.slurm.fitting_pmi", lambda: "pmi2")


@pytest.mark.parametrize(
    ("points", "written"), [([3], "3"), ([0, 1, 2], "0-2"), ([0, 2, 3, 7, 8, 9, 11], "0,2-3,7-9,11")]
)
def test_numbers_as_slurm_writes_them(points, written):
    assert array_ranges(points) == written


def directives(script):
    return dict(re.findall(r"^#SBATCH --([a-z-]+)=?(.*)$", script.read_text(), re.MULTILINE))


@pytest.mark.parametrize(("ranks", "tasks"), [(None, "3"), (2, "2"), (8, "3")])
def test_a_job_array_asks_for_what_its_points_need(tmp_path, ranks, tasks):
    points = sweep(seed=[0, 1, 2], nodes=[4, 3], threads=[2]).points()
    script = write_script(tmp_path, points[1:], ranks, "1-02:00:00", 5)
    found = directives(script)
    assert found.pop("output") == f"{tmp_path}/slurm-%a.out"
    assert found == {
        "job-name": f"p2pbo-{tmp_path.name}",
        "array": "1-5%5",
        "ntasks": tasks,
        "cpus-per-task": "2",
        "time": "1-02:00:00",
        "signal": "USR1@120",
        "requeue": "",
        "open-mode": "append",
    }
    assert "srun --mpi=pmi2 p2pbo sweep" in script.read_text()


def test_what_is_not_given_again_stays_as_it_was(tmp_path):
    points = sweep(seed=[0, 1, 2], nodes=[4]).points()
    script = write_script(tmp_path, points, 2, "10", 5)
    asked = directives(script)
    script.write_text(script.read_text().replace("# module load openmpi", "module load mpich/4  #"))
    adapted = script.read_text()
    write_script(tmp_path, points[2:])
    assert directives(script) == {**asked, "array": "2%5"}
    assert script.read_text() == adapted.replace("--array=0-2%5", "--array=2%5")
    write_script(tmp_path, points[1:], 3, "20", 7)
    assert directives(script) == {**asked, "array": "1-2%7", "ntasks": "3", "time": "20"}


def test_points_that_are_new_change_what_they_need(tmp_path):
    """Fewer nodes than there were tasks, and more threads."""
    script = write_script(tmp_path, sweep(seed=[0, 1], nodes=[4]).points())
    first = directives(script)
    write_script(tmp_path, sweep(seed=[0, 1], nodes=[4, 3], threads=[1, 2]).points())
    assert directives(script) == {**first, "array": "0-7%16", "ntasks": "3", "cpus-per-task": "2"}


def test_a_line_that_has_to_change_and_is_gone_is_named(tmp_path):
    points = sweep(seed=[0, 1], nodes=[4]).points()
    script = write_script(tmp_path, points)
    nodes = "#SBATCH --nodes=2 --ntasks-per-node=2"
    script.write_text(script.read_text().replace("#SBATCH --ntasks=4", nodes))
    write_script(tmp_path, points[1:])  # how many tasks there are is its user's affair now
    assert nodes in script.read_text()
    with pytest.raises(InputError, match=r"sweep\.sh has no line #SBATCH --ntasks=…; put it back, or remove"):
        write_script(tmp_path, points, ranks=2)
    script.write_text("#!/bin/bash\n#SBATCH --array=0-1%16\nsrun p2pbo sweep study --point 0\n")
    with pytest.raises(InputError, match=r"sweep\.sh has no line last=…"):
        write_script(tmp_path, points)


@pytest.mark.parametrize("time", ["", "soon", "1 hour", "1:2:3:4"])
def test_what_is_no_time_is_refused(tmp_path, time):
    with pytest.raises(InputError, match=rf"--time {time} is no time for Slurm; write HH:MM:SS"):
        write_script(tmp_path, sweep().points(), time=time)
    assert not list(tmp_path.iterdir())


def recorded(folder, **axes):
    held, asked = SweepFolder(folder), sweep(**axes)
    with held.locked():
        held.record(asked)
    return write_script(folder, asked.points())


def test_a_task_of_the_array_runs_its_point(tmp_path):
    folder = tmp_path / "my sweep"
    ended = run_script(recorded(folder, seed=[0, 1]), tmp_path / "job", SLURM_ARRAY_TASK_ID="1")
    assert (ended.code, ended.err, ended.requests) == (0, "", [])
    assert ended.steps == [f"--mpi=pmi2 p2pbo sweep {folder} --point 1"]
    assert f"trace: {folder}/seed=1.h5" in ended.out
    assert list(traces(folder)) == ["seed=1"]


def test_more_points_than_an_array_has_tasks(tmp_path):
    """Slurm's numbers end at 1,000: each task runs every 1,000th point, and one that fails keeps no other back."""
    script = recorded(tmp_path / "sweep", seed=list(range(1050)))
    assert directives(script)["array"] == "0-999%16"
    job = {"SLURM_ARRAY_JOB_ID": "7", "SLURM_ARRAY_TASK_ID": "44"}
    ended = run_script(script, tmp_path / "job", codes=[exit_codes.BAD_INPUT, 0], **job)
    assert [step.rpartition(" ")[2] for step in ended.steps] == ["44", "1044"]
    assert (ended.code, ended.requests) == (exit_codes.BAD_INPUT, [])
    ended = run_script(script, tmp_path / "again", codes=[exit_codes.STOPPED], **job)
    assert (ended.code, ended.requests, len(ended.steps)) == (exit_codes.STOPPED, ["requeue 7_44"], 1)
    write_script(tmp_path / "sweep", sweep(seed=list(range(1050))).points()[1040:])
    assert directives(script)["array"] == "40-49%16"


@pytest.mark.parametrize(("code", "restarts", "again"), ENDS)
def test_what_can_be_gone_on_with_is_queued_again(tmp_path, code, restarts, again):
    script = recorded(tmp_path / "sweep", seed=[0, 1])
    job = {"SLURM_ARRAY_JOB_ID": "7", "SLURM_ARRAY_TASK_ID": "1", "SLURM_RESTART_COUNT": restarts}
    ended = run_script(script, tmp_path / "job", codes=[code], **job)
    assert (ended.code, ended.requests) == (code, ["requeue 7_1"] * again)
