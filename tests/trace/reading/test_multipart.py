"""One trace in several files."""

import shutil
import subprocess

import numpy as np
import pytest
import xarray
from trace_examples import NODES, example_header, example_row

from p2pbo import InputError, open_trace, open_traces
from p2pbo.trace import TraceRow, TraceWriter
from p2pbo.trace.reading.multipart import later_parts, part_path
from p2pbo.trace.storage.journaled_file import JournaledFile


def write(path, steps):
    writer = TraceWriter(path, example_header())
    for step in steps:
        writer.append(example_row(step))
    return writer


@pytest.fixture
def broken(tmp_path):
    """Rank 0 died in step 17 with nodes 0 and 1, the next writer in step 31 with node 2."""
    path = tmp_path / "run.h5"
    write(path, (0, 10))
    second = write(part_path(path, 2), (10, 20, 30))
    second.add_failures(17, [0, 1], 0.25)
    third = TraceWriter(part_path(path, 3), example_header())
    third.add_failures(31, [2], 0.0)
    for step in (30, 40):
        row = example_row(step)
        row.node_metrics["node_upper_loss"][:3] = np.nan
        third.append(row)
    third.write_edge_counts(range(8), range(8))
    third.write_final("final_x", 0, np.ones((NODES, 3)))
    third.write_final("final_y", 0, np.ones((NODES, 2)))
    third.write_total("crossed_bytes", 77)
    third.close("completed")
    return path


def test_paths(tmp_path):
    path = tmp_path / "a.b.h5"
    assert part_path(path, 2) == tmp_path / "a.b.part2"
    for number in (2, 3, 5):
        part_path(path, number).touch()
    assert later_parts(path) == [part_path(path, 2), part_path(path, 3)]
    assert later_parts(part_path(path, 2)) == [part_path(path, 3)]
    assert later_parts(part_path(path, 3)) == []


def test_parts_are_read_as_one(broken):
    trace = open_trace(broken)
    assert trace.values("step").tolist() == [0, 10, 20, 30, 40]
    np.testing.assert_allclose(trace.values("upper_loss"), 1 / (1 + trace.values("step")))
    dead = np.isnan(trace.values("node_upper_loss"))
    assert dead.sum(axis=1).tolist() == [0, 0, 0, 0, 3]
    assert trace.values("bytes_sent")[:, 3].tolist() == [2**40 + step for step in (0, 10, 20, 30, 40)]
    assert (trace.status, trace.attributes["crossed_bytes"]) == ("completed", 77)
    assert trace.final.x.tolist() == np.ones((NODES, 3)).tolist()
    assert trace.final.y.tolist() == np.ones((NODES, 2)).tolist()
    assert trace["edge_messages"].values.tolist() == list(range(8))
    assert trace["failure_step"].values.tolist() == [17, 17, 31]
    assert trace["failure_node"].values.tolist() == [0, 1, 2]
    assert trace["failure_gap"].values.tolist() == [0.25, 0.25, 0.0]
    assert trace["failure_gap"].failure.values.tolist() == [0, 1, 2]
    assert trace.last.step == 40


def test_many_traces_have_parts_too(broken):
    dataset, trace = open_traces(broken.parent), open_trace(broken)
    assert dict(dataset.sizes) == {"run": 1, "step": 5, "node": NODES}
    assert dataset.status.values.tolist() == ["completed"]
    assert set(dataset) == set(trace.metrics)
    for name in trace.metrics:
        assert dataset[name].dims == ("run", *trace[name].dims)
        np.testing.assert_array_equal(dataset[name].sel(run="run"), trace[name])


def test_saved_it_is_one_file_that_xarray_reads(broken, tmp_path):
    copy = tmp_path / "copy.h5"
    open_trace(broken).save(copy)
    with xarray.open_dataset(copy, engine="h5netcdf") as dataset:
        assert dataset.identical(open_trace(broken).dataset)
        assert dataset.sizes["failure"] == 3


@pytest.mark.skipif(shutil.which("ncdump") is None, reason="ncdump is not installed")
def test_saved_it_is_one_file_that_ncdump_reads(broken, tmp_path):
    open_trace(broken).save(tmp_path / "copy.h5")
    dump = subprocess.run(
        ["ncdump", str(tmp_path / "copy.h5")], capture_output=True, text=True, check=True
    ).stdout
    assert " failure_step = 17, 17, 31 ;" in dump


def test_a_part_that_grows(tmp_path):
    path = tmp_path / "run.h5"
    write(path, (0, 10))
    trace = open_trace(path)
    part_path(path, 2).touch()  # claimed, nothing in it
    assert (trace.rows, trace.status) == (2, "running, or ended without a word")
    part_path(path, 2).unlink()
    writer = write(part_path(path, 2), ())
    assert trace.rows == 2
    for count in (3, 4):
        writer.append(example_row(10 * count))
        assert trace.rows == count


def test_a_first_part_without_rows(tmp_path):
    path = tmp_path / "run.h5"
    write(path, ())
    second = write(part_path(path, 2), (0, 10))
    second.add_failures(7, [0], 0.5)
    whole, alone = open_trace(path).dataset, open_trace(part_path(path, 2)).dataset
    assert dict(whole.sizes) == dict(alone.sizes) == {"step": 2, "node": NODES, "edge": 8, "failure": 1}
    assert whole.drop_attrs(deep=False).identical(alone.drop_attrs(deep=False))  # of variables, units too
    assert whole.attrs.keys() == alone.attrs.keys()


def test_a_figure_that_only_a_later_part_has(tmp_path):
    path = tmp_path / "run.h5"
    write(path, (0, 10))
    row = example_row(20)
    writer = TraceWriter(part_path(path, 2), example_header())
    depth = np.arange(NODES, dtype=float)
    writer.append(TraceRow(20, {**row.metrics, "margin": 3.0}, {**row.node_metrics, "depth": depth}))
    trace = open_trace(path)
    np.testing.assert_array_equal(trace.values("margin"), [np.nan, np.nan, 3.0])
    np.testing.assert_array_equal(trace.values("depth"), [[np.nan] * NODES] * 2 + [depth])
    assert [trace.field(name).dims for name in ("margin", "depth")] == [("step",), ("step", "node")]


def test_a_new_trace_does_not_start_among_old_parts(broken):
    broken.unlink()
    with pytest.raises(InputError, match=r"run\.part2 exists already; choose another --out or remove it"):
        TraceWriter(broken, example_header())


def test_resuming_makes_one_file_of_them(broken):
    writer = TraceWriter.resume(broken, 20)
    assert sorted(file.name for file in broken.parent.iterdir()) == ["run.h5", "run.h5-journal"]
    writer.append(example_row(30))
    trace = writer.close("interrupted")
    assert trace.values("step").tolist() == [0, 10, 20, 30]
    assert trace["failure_node"].values.tolist() == [0, 1]
    assert "final_x" not in trace
    with xarray.open_dataset(broken, engine="h5netcdf") as dataset:
        assert dataset.equals(open_trace(broken).dataset)


def test_a_kill_while_parts_are_made_one_file_changes_nothing(broken, tmp_path):
    before = open_trace(broken).dataset
    open_trace(broken).save(tmp_path / "whole")
    JournaledFile(broken).close()
    (tmp_path / "whole").replace(broken)  # and killed before the parts were removed
    assert open_trace(broken).dataset.identical(before)
