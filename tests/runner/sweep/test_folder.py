"""A sweep's folder: what is run, kept and refused, and that a kill at any moment leaves nothing wrong."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time

import h5py
import numpy as np
import pytest
from sweeping import sweep, swept, traces

from p2pbo import InputError, open_trace
from p2pbo.config.sweep import Sweep
from p2pbo.errors import Notice
from p2pbo.runner.sweep.folder import SweepFolder
from p2pbo.runner.sweep.points import check_points

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
    with pytest.warns(Notice, match=r"sweep/unfinished is on a file system without locks"):
        assert swept(tmp_path / "sweep", sweep()) == ["run"]


def test_traces_from_before_a_setting_existed_count_as_done(done):
    path = done / "seed=0.h5"
    with h5py.File(path, "r+") as file:
        description = json.loads(file.attrs["description"])
        del description["flops"], description["algorithm"]["batch"]
        file.attrs["description"] = json.dumps(description)
    assert SweepFolder(done).missing(sweep(seed=[0, 1]).points()) == []
