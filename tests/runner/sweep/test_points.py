"""A sweep's folder: what is run, what is kept, what is refused, and that a kill at any moment leaves nothing wrong."""

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time

import h5py
import numpy as np
import pytest

from p2pbo import InputError, open_trace
from p2pbo.config.sweep import Sweep
from p2pbo.runner.sweep.folder import SweepFolder, completed_description
from p2pbo.runner.sweep.points import check_points, in_this_process, run_points
from p2pbo.runner.sweep.slurm import array_ranges, write_script

QUADRATIC = {"problem": ["quadratic"], "nodes": [3], "steps": [2], "threads": [1], "exact": ["off"]}


def sweep(**axes):
    return Sweep({}, [{}], {**QUADRATIC, **axes})


class Silent:
    """A watcher that remembers."""

    def __init__(self):
        self.begun, self.rows = [], 0

    def begin(self, point):
        self.begun.append(point.name)

    def wait(self):
        raise AssertionError("nobody else runs a point")

    def show(self, row, steps):
        self.rows += 1

    def end(self, outcome):
        pass


def swept(folder, asked):
    """Run what is missing; the names of the points that were run."""
    held, watcher = SweepFolder(folder), Silent()
    with held.locked():
        missing = held.missing(asked.points())
        held.record(asked)
        outcomes = list(run_points(missing, in_this_process(held, watcher), watcher))
    held.tidy()
    assert [outcome.point.name for outcome in outcomes] == watcher.begun
    assert not [outcome.problem for outcome in outcomes if outcome.problem]
    return watcher.begun


def traces(folder):
    return {path.stem: open_trace(path) for path in sorted(folder.glob("*.h5"))}


@pytest.fixture
def done(tmp_path):
    """A complete sweep of two seeds."""
    folder = tmp_path / "sweep"
    swept(folder, sweep(seed=[0, 1]))
    return folder


A9A = {
    "topology": ["ring", "line", "complete"],
    "codec": ["none", "randk:0.1", "sign"],
    "seed": [0, 1, 2],
    "problem.features": ["sparse"],
    "algorithm.batch": [5],
    "algorithm.terms": [3],
    "nodes": [4],
    "steps": [10],
    "log_every": [10],
    "threads": [1],
}


def test_a_killed_sweep_goes_on_and_ends_with_the_same_numbers(tmp_path, hold):
    """3 topologies × 3 codecs × 3 seeds on a9a; whoever holds the last point keeps the sweep from its end."""
    undisturbed, folder, asked = tmp_path / "undisturbed", tmp_path / "killed", Sweep({}, [{}], A9A)
    (folder / ".locks").mkdir(parents=True)
    SweepFolder(folder).record(asked)
    last = hold(folder / ".locks" / asked.points()[-1].name)
    process = subprocess.Popen([sys.executable, "-m", "p2pbo", "sweep", str(folder), "--quiet"])
    try:
        while len(list(folder.glob("*.h5"))) < 13 and process.poll() is None:
            time.sleep(0.01)
    finally:
        process.kill()
    assert process.wait() == -signal.SIGKILL
    last.kill()
    last.wait()
    completed_before = len(traces(folder))
    assert 13 <= completed_before < 27
    assert len(swept(folder, asked)) == 27 - completed_before
    assert len(swept(undisturbed, asked)) == 27
    found, expected = traces(folder), traces(undisturbed)
    assert found.keys() == expected.keys() == {point.name for point in asked.points()}
    for name, alike in expected.items():
        assert (found[name].status, found[name].description) == ("completed", alike.description)
        for variable in ("final_x", "final_y", "upper_loss", "test_accuracy", "bytes_sent", "edge_bytes"):
            np.testing.assert_array_equal(found[name].values(variable), alike.values(variable))
    assert not (folder / "unfinished").exists()


def test_what_is_complete_is_not_run_again(done):
    before = {path: path.stat().st_mtime_ns for path in done.glob("*.h5")}
    assert swept(done, sweep(seed=[0, 1])) == []
    assert swept(done, sweep(seed=[0, 1, 2])) == ["seed=2"]
    assert {path: path.stat().st_mtime_ns for path in before} == before


def set_status(path, status):
    import h5py

    with h5py.File(path, "r+") as file:
        file.attrs["exit_status"] = status


SPOIL = {
    "running": lambda path: set_status(path, "running"),
    "failed": lambda path: set_status(path, "failed: Diverged: node 0"),
    "interrupted": lambda path: set_status(path, "interrupted"),
    "truncated": lambda path: os.truncate(path, 1000),
    "empty": lambda path: path.write_bytes(b""),
    "absent": lambda path: path.unlink(),
}


@pytest.mark.parametrize("spoil", SPOIL)
def test_what_is_not_complete_is_done_again(done, spoil):
    path = done / "seed=1.h5"
    final = open_trace(path).final.x
    SPOIL[spoil](path)
    assert swept(done, sweep(seed=[0, 1])) == ["seed=1"]
    np.testing.assert_array_equal(open_trace(path).final.x, final)


@pytest.mark.parametrize("left", [b"", b"half a trace"])
def test_what_a_killed_run_left_is_in_nobodys_way(done, left):
    (done / "seed=1.h5").unlink()
    (done / "unfinished").mkdir(exist_ok=True)
    (done / "unfinished" / "seed=1.h5").write_bytes(left)
    assert swept(done, sweep(seed=[0, 1])) == ["seed=1"]
    assert not (done / "unfinished").exists()


def test_threads_may_be_swept_and_are_otherwise_no_part_of_the_run(done, tmp_path):
    assert swept(done, sweep(seed=[0, 1], threads=[2])) == []
    folder = tmp_path / "threads"
    for runs in (["threads=1", "threads=2"], []):
        check_points(sweep(threads=[1, 2]).points())
        assert swept(folder, sweep(threads=[1, 2])) == runs


def test_other_settings_under_the_same_name_are_refused(done):
    with pytest.raises(
        InputError, match=r"seed=0\.h5 is complete, but of a run with other settings; choose another"
    ):
        swept(done, sweep(seed=[0, 1], steps=[3]))
    assert swept(done, sweep(seed=[0, 1])) == []


def test_a_trace_of_no_point_is_refused(done):
    with pytest.raises(
        InputError, match=r"seed=0\.h5 belongs to no point of this sweep; sweep its values, too"
    ):
        swept(done, sweep(seed=[1, 2]))
    assert json.loads((done / "sweep.json").read_text())["axes"]["seed"] == [0, 1]


def test_traces_get_the_names_of_a_sweep_with_another_axis(done):
    final = open_trace(done / "seed=0.h5").final.x
    assert swept(done, sweep(seed=[0, 1], topology=["ring", "line"])) == [
        "topology=line,seed=0",
        "topology=line,seed=1",
    ]
    assert list(traces(done)) == [
        f"topology={name},seed={seed}" for name in ("line", "ring") for seed in (0, 1)
    ]
    np.testing.assert_array_equal(open_trace(done / "topology=ring,seed=0.h5").final.x, final)


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(InputError, match=r"holds files but no sweep\.json; choose another --out"):
        swept(tmp_path, sweep())
    (tmp_path / "sweep.json").write_text("{}")
    with pytest.raises(InputError, match=r"sweep\.json is no sweep of base, cases and axes; start"):
        SweepFolder(tmp_path).recorded()
    with pytest.raises(InputError, match=r"cannot be used \(Not a directory: .*\); choose another --out"):
        swept(tmp_path / "thesis.tex", sweep())
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".h5"] == []


def test_a_sweep_killed_before_its_record_can_start_again(tmp_path):
    (tmp_path / ".locks").mkdir()
    (tmp_path / ".sweep.json").write_text('{"ba')
    assert swept(tmp_path, sweep()) == ["run"]


HOLD = """
import fcntl, sys, time
file = open(sys.argv[1], "ab")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(1000)
"""


@pytest.fixture
def hold():
    """Another process that holds a lock until it is killed."""
    held = []

    def start(path):
        process = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
        held.append(process)
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in held:
        process.kill()
        process.communicate()


def test_two_sweeps_do_not_share_a_folder_and_a_killed_one_holds_nothing(done, hold):
    other = hold(done / ".locks" / "sweep")
    with pytest.raises(InputError, match="is being swept by another process; wait for its end, or stop it"):
        swept(done, sweep(seed=[0, 1]))
    other.kill()
    other.wait()
    assert swept(done, sweep(seed=[0, 1])) == []


def test_a_point_that_another_process_runs_is_waited_for(done, hold):
    """And not run again, if that process has completed it."""
    held, (_, point) = SweepFolder(done), sweep(seed=[0, 1]).points()
    trace, aside = held.trace(point), done / "aside"
    trace.rename(aside)
    other, waits = hold(done / ".locks" / point.name), []

    def wait():
        waits.append(point.name)
        aside.rename(trace)
        other.kill()

    with held.locked_point(point, wait):
        assert not held.needs_run(point)
    assert waits == ["seed=1"]


def test_file_systems_without_locks_do_not_stop_a_sweep(tmp_path, monkeypatch):
    def flock(file, operation):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", flock)
    assert swept(tmp_path / "sweep", sweep()) == ["run"]


def outcomes(folder, asked, watcher=None):
    held, watcher = SweepFolder(folder), watcher or Silent()
    return [
        outcome.problem for outcome in run_points(asked.points(), in_this_process(held, watcher), watcher)
    ]


def test_a_failure_is_one_line_and_does_not_stop_the_others(tmp_path, monkeypatch):
    asked = sweep(**{"codec": ["topk:900", "none"], "algorithm.eta": [0.1, 1e200], "algorithm": ["dsbo"]})
    assert outcomes(tmp_path, asked) == [
        "topk:900 keeps more than the 10 entries; use K ≤ 10",
        "topk:900 keeps more than the 10 entries; use K ≤ 10",
        None,
        "node 0 diverged at step 2: its x holds NaN or infinity; lower eta or beta1",
    ]
    assert list(traces(tmp_path)) == ["codec=none,eta=0.1"]
    results = [SweepFolder(tmp_path).result(point) for point in asked.points()]
    assert [result.status for result in results[:3]] == ["not run", "not run", "completed"]
    assert results[3].status.startswith("failed: Diverged: node 0")
    assert results[3].figures["step"] == 0  # what it has logged is kept


@pytest.mark.parametrize("error", [ZeroDivisionError("of\nwhat?"), SystemExit("of what?")])
def test_what_nobody_expected_does_not_stop_the_others_either(tmp_path, monkeypatch, error):
    def execute(*arguments, **options):
        raise error

    monkeypatch.setattr("p2pbo.runner.sweep.points.execute", execute)
    assert outcomes(tmp_path, sweep(seed=[0, 1])) == [f"{type(error).__name__}: of what?"] * 2


def test_an_interrupt_stops_all(tmp_path):
    class Interrupting(Silent):
        def show(self, row, steps):
            raise KeyboardInterrupt

    watcher = Interrupting()
    with pytest.raises(KeyboardInterrupt):
        outcomes(tmp_path, sweep(seed=[0, 1]), watcher)
    assert watcher.begun == ["seed=0"]
    assert (list(traces(tmp_path)), completed_description(tmp_path / "unfinished" / "seed=0.h5")) == (
        [],
        None,
    )


def test_all_problems_of_a_grid_are_told_at_once():
    asked = sweep(topology=["ring", "rign"], algorithm=["dsbo", "mdob"], seed=[0, 1])
    with pytest.raises(ExceptionGroup) as found:
        check_points(asked.points())
    assert sorted(str(error).partition(";")[0] for error in found.value.exceptions) == [
        "algorithm 'mdob' is not known",
        "topology 'rign' is not known",
    ]


def test_one_problem_is_raised_as_it_is():
    with pytest.raises(InputError, match="4 ranks cannot share 3 nodes"):
        check_points(sweep(seed=[0, 1]).points(), ranks=4)
    with pytest.raises(InputError, match=r"eta=0\.1 is the same run as eta=0\.10; leave one of them out"):
        check_points(sweep(**{"algorithm.eta": ["0.10", 0.1]}).points())


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


def test_traces_from_before_a_setting_existed_count_as_done(done):
    path = done / "seed=0.h5"
    with h5py.File(path, "r+") as file:
        description = json.loads(file.attrs["description"])
        del description["flops"], description["algorithm"]["batch"]
        file.attrs["description"] = json.dumps(description)
    assert SweepFolder(done).missing(sweep(seed=[0, 1]).points()) == []
