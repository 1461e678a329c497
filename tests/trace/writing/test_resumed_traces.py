"""Going on in a trace, and what happens when its file cannot be written any more."""

import errno
import os
import shutil
import subprocess
from dataclasses import replace

import h5py
import numpy as np
import pytest
import xarray
from trace_examples import NODES, complete, example_header, example_row

from p2pbo import InputError
from p2pbo.errors import WriteError
from p2pbo.trace import TraceWriter, open_trace
from p2pbo.trace.storage import journaled_file
from p2pbo.trace.storage.journal import journal_path

WAITS = np.array([[0, 1, 0.5], [1, 0, 0.25], [1, 2, 0.75], [2, 1, 0.0]])
"""Which rank has waited for which, and how long."""


def straight(path, steps):
    """The writer of a trace with a row for each of ``steps``."""
    writer = TraceWriter(path, example_header())
    for step in steps:
        writer.append(example_row(step))
    return writer


def test_waits_of_a_resumed_run_are_those_of_its_ranks(tmp_path):
    first = straight(tmp_path / "run.h5", (0, 10))
    first.write_rank_waits(WAITS, 2.0)
    first.close("completed")
    writer = TraceWriter.resume(tmp_path / "run.h5", 10)
    writer.append(example_row(20))
    writer.write_rank_waits(WAITS[:2], 1.0)
    trace = writer.close("completed")
    assert trace["rank_wait_time"].values.tolist() == WAITS[:2, 2].tolist()
    assert trace["awaited_rank"].values.tolist() == [1, 0]
    assert trace.attributes["rank_wait_period"] == 1.0
    with xarray.open_dataset(trace.path, engine="h5netcdf") as dataset:
        assert dataset.equals(trace.dataset)


def test_rows_go_on_without_gap_or_double(tmp_path):
    straight(tmp_path / "run.h5", range(0, 60, 10)).close("interrupted")
    for at, steps in ((30, (40, 50, 60)), (45, (50,)), (50, (60, 70))):
        writer = TraceWriter.resume(tmp_path / "run.h5", at)
        assert open_trace(tmp_path / "run.h5").status == "running"
        for step in steps:
            writer.append(example_row(step))
        writer.close("interrupted")
    found = open_trace(tmp_path / "run.h5")
    expected = straight(tmp_path / "straight.h5", range(0, 80, 10)).close("interrupted")
    assert found.dataset.equals(expected.dataset)
    assert found.attributes["resumed_at"] == [30, 45, 50]
    with xarray.open_dataset(found.path, engine="h5netcdf") as dataset:
        assert dataset.identical(found.dataset)
    assert not journal_path(found.path).exists()


def test_fields_that_an_older_trace_lacks_are_empty_before(tmp_path):
    straight(tmp_path / "run.h5", (0, 10)).close("interrupted")
    writer = TraceWriter.resume(tmp_path / "run.h5", 10)
    for step in (20, 30):
        row = example_row(step)
        writer.append(replace(row, metrics={**row.metrics, "consensus_norm_y": 0.5}))
    trace = writer.close("interrupted")
    np.testing.assert_array_equal(trace.values("consensus_norm_y"), [np.nan, np.nan, 0.5, 0.5])
    with xarray.open_dataset(trace.path, engine="h5netcdf") as dataset:
        assert dataset.equals(trace.dataset)


def test_the_end_of_a_run_is_taken_back(finished):
    writer = TraceWriter.resume(finished.path, 10)
    assert finished.status == "running"
    assert not {"final_x", "final_y", "edge_bytes", "edge_messages"} & set(finished.dataset)
    with xarray.open_dataset(finished.path, engine="h5netcdf") as dataset:
        assert dict(dataset.sizes) == {"step": 2, "node": NODES, "edge": 8}
    shutil.copy(finished.path, finished.path.with_name("running.h5"))
    writer.append(example_row(20))
    writer.write_edge_counts(range(8), range(8))
    writer.write_final("final_x", 0, np.ones((NODES, 3)))
    writer.write_final("final_y", 0, np.ones((NODES, 2)))
    writer.write_total("crossed_bytes", 5)
    writer.write_rank_waits(WAITS[:1], 2.0)
    trace = writer.close("completed")
    assert trace.final.x.dtype == np.float64
    assert trace["edge_bytes"].values.tolist() == list(range(8))
    with xarray.open_dataset(finished.path, engine="h5netcdf") as dataset:
        assert dataset.equals(trace.dataset)


@pytest.mark.skipif(shutil.which("ncdump") is None, reason="ncdump is not installed")
def test_ncdump_reads_what_was_resumed_and_its_failures(finished):
    writer = TraceWriter.resume(finished.path, 20)
    writer.add_failures(20, [1], 0.5)
    writer.close("interrupted")
    dump = subprocess.run(["ncdump", str(finished.path)], capture_output=True, text=True, check=True).stdout
    assert "failure = UNLIMITED ; // (1 currently)" in dump
    assert ":resumed_at = 20LL ;" in dump
    assert "final_x" not in dump


def test_a_trace_without_rows_starts_anew(tmp_path):
    straight(tmp_path / "run.h5", ()).close("interrupted")
    writer = TraceWriter.resume(tmp_path / "run.h5", 0)
    writer.append(example_row(0))
    assert writer.close("completed").values("step").tolist() == [0]


def test_what_cannot_be_resumed_is_left_alone(tmp_path, finished):
    later = straight(tmp_path / "later.h5", (20, 30)).close("interrupted")
    with h5py.File(tmp_path / "foreign.h5", "w"):
        pass
    for path, message in (
        (
            later.path,
            r"later\.h5 has no row up to step 10: the first is of step 20; give the trace that belongs",
        ),
        (tmp_path / "foreign.h5", r"foreign\.h5 is not a p2pbo trace"),
        (tmp_path / "none.h5", r"none\.h5 does not exist"),
    ):
        before = path.read_bytes() if path.exists() else None
        with pytest.raises(InputError, match=message):
            TraceWriter.resume(path, 10)
        assert (path.read_bytes() if path.exists() else None) == before


def test_two_writers_of_one_trace(tmp_path):
    writer = straight(tmp_path / "run.h5", (0,))
    with pytest.raises(InputError, match=r"run\.h5 is being written by another process"):
        TraceWriter.resume(tmp_path / "run.h5", 0)
    writer.append(example_row(10))
    assert writer.close("completed").rows == 2


def test_deaths_are_kept(writer):
    writer.append(example_row(0))
    writer.add_failures(7, [3, 1], 0.25)
    writer.add_failures(9, [0], 0.125)
    trace = writer.close("completed")
    found = trace.dataset[["failure_step", "failure_node", "failure_gap"]]
    assert found.to_dataframe().values.tolist() == [[7, 3, 0.25], [7, 1, 0.25], [9, 0, 0.125]]
    assert [found[name].dtype for name in found] == [np.int64, np.int64, np.float64]
    assert trace.metrics == ["upper_loss", "wall_time", "validation_margin", "node_upper_loss", "bytes_sent"]


def test_later_deaths_are_cut_off(tmp_path):
    writer = straight(tmp_path / "run.h5", (0, 10))
    writer.add_failures(7, [3], 0.25)
    writer.add_failures(12, [2], 0.125)
    trace = writer.close("interrupted")
    TraceWriter.resume(trace.path, 10).close("interrupted")
    assert trace["failure_node"].values.tolist() == [3]
    assert trace["failure_node"].failure.values.tolist() == [0]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("name", ["pwrite", "ftruncate"])
def test_a_failure_in_a_row_keeps_the_rows_before(tmp_path, monkeypatch, number, name):
    """At each call of the row's commit in turn; a failure that comes with a row and one that comes with the end."""
    monkeypatch.setattr(journaled_file, "APPLY_PERIOD", 0)
    real, at, rows_found = getattr(os, name), 0, set()
    while True:
        path = tmp_path / f"{at}.h5"
        writer, calls = straight(path, range(5)), []

        def failing(*arguments, at=at, calls=calls):
            calls.append(name)
            if len(calls) > at:
                raise OSError(number, os.strerror(number))
            return real(*arguments)

        with monkeypatch.context() as patched:
            patched.setattr(os, name, failing)
            try:
                writer.append(example_row(5))
            except WriteError as error:
                assert str(error).startswith(f"{path} cannot be written any more ({os.strerror(number)}); ")
                writer.close("failed: WriteError")  # raises no second time
            else:
                break
        found = open_trace(path)
        assert found.status == "interrupted"
        assert found.rows in (5, 6)
        rows_found.add(found.rows)
        writer = TraceWriter.resume(path, 4)
        writer.append(example_row(5))
        assert writer.close("completed").values("step").tolist() == list(range(6))
        at += 1
    with monkeypatch.context() as patched:
        patched.setattr(os, name, failing)
        with pytest.raises(WriteError, match="cannot be written any more"):
            writer.close("completed")
    assert (
        open_trace(path).status == {"pwrite": "interrupted", "ftruncate": "completed"}[name]
    )  # by its journal
    assert rows_found == {"pwrite": {5, 6}, "ftruncate": {6}}[name]


@pytest.mark.parametrize("name", ["pwrite", "ftruncate"])
def test_an_interrupt_in_a_commit_keeps_the_rows_before(tmp_path, monkeypatch, name):
    monkeypatch.setattr(journaled_file, "APPLY_PERIOD", 0)
    real, interrupted = getattr(os, name), 0
    for at in range(200):
        writer, calls = straight(tmp_path / f"{at}.h5", range(5)), []

        def interrupting(*arguments, at=at, calls=calls):
            calls.append(name)
            if len(calls) == at + 1:
                raise KeyboardInterrupt
            return real(*arguments)

        with monkeypatch.context() as patched:
            patched.setattr(os, name, interrupting)
            try:
                writer.append(example_row(5))
            except KeyboardInterrupt:
                interrupted += 1
        found = writer.close("interrupted")
        assert found.values("step").tolist() in ([0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 5])
        np.testing.assert_array_equal(found.values("upper_loss"), 1 / (1 + found.values("step")))
        if len(calls) <= at:
            break
    assert interrupted >= 2
    assert found.status == "interrupted"


def test_a_trace_that_was_removed(tmp_path):
    writer = straight(tmp_path / "run.h5", (0,))
    (tmp_path / "run.h5").unlink()
    with pytest.raises(
        WriteError, match=r"run\.h5 was removed or replaced while it was written; leave the files"
    ):
        writer.append(example_row(1))
    writer.close("failed: WriteError")
    assert list(tmp_path.iterdir()) == []


def test_a_final_state_that_finds_no_room_is_told_at_once(tmp_path, monkeypatch):
    writer = TraceWriter(tmp_path / "run.h5", example_header())
    writer.append(example_row(0))

    def full(*_):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(WriteError, match="No space left on device"):
        writer.write_final("final_x", 0, np.ones((NODES, 3)))
    monkeypatch.undo()
    writer.close("failed: WriteError")
    assert list(open_trace(tmp_path / "run.h5").values("step")) == [0]
    assert "final_x" not in open_trace(tmp_path / "run.h5")


def test_a_complete_trace_is_the_same_as_in_memory(finished, finished_in_memory):
    assert finished.dataset.drop_attrs(deep=False).identical(
        finished_in_memory.dataset.drop_attrs(deep=False)
    )
    assert complete(TraceWriter(None, example_header())).rows == 3
