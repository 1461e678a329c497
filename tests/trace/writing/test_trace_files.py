"""The file seen from outside: other programs, other processes, kills, and files that are no traces."""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray
from trace_examples import example_header, example_row

from p2pbo import InputError
from p2pbo.trace import TraceWriter, open_trace

EXAMPLES = Path(__file__).parents[1] / "trace_examples.py"
READ_IN_XARRAY = (
    "import sys, xarray; print(xarray.open_dataset(sys.argv[1], engine='h5netcdf').sizes['step'])"
)


@contextmanager
def growing(path, rows):
    """Another process that has flushed ``rows`` rows and keeps the file open; killed at the end."""
    command = [sys.executable, str(EXAMPLES), str(path), str(rows)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "flushed\n"
            yield process
        finally:
            process.kill()


def test_xarray_reads_it_without_p2pbo(finished):
    with xarray.open_dataset(finished.path, engine="h5netcdf") as dataset:
        assert dict(dataset.sizes) == {"step": 3, "node": 4, "edge": 8, "x_dim": 3, "y_dim": 2}
        assert set(dataset.coords) == {"step", "node", "edge", "edge_source", "edge_target"}
        assert dataset.identical(finished.dataset)


@pytest.mark.skipif(shutil.which("ncdump") is None, reason="ncdump is not installed")
@pytest.mark.parametrize("variable", ["upper_loss(step)", "bytes_sent(step, node)", "final_x(node, x_dim)"])
def test_ncdump_reads_it(finished, variable):
    dump = subprocess.run(["ncdump", str(finished.path)], capture_output=True, text=True, check=True).stdout
    assert "step = UNLIMITED ; // (3 currently)" in dump
    assert "x_dim = 3 ;" in dump
    assert f" {variable} ;" in dump
    assert 'bytes_sent:units = "byte"' in dump


@pytest.mark.skipif(shutil.which("ncdump") is None, reason="ncdump is not installed")
def test_one_node_without_edges_is_netcdf_too(tmp_path):
    header = example_header()
    none = np.array([], dtype=int)
    alone = type(header)({}, 1, 1, 1, 0, none, none, [], {})
    writer = TraceWriter(tmp_path / "alone.h5", alone)
    writer.write_edge_counts(none, none)
    trace = writer.close("completed")
    assert trace["edge_bytes"].size == 0
    subprocess.run(["ncdump", str(trace.path)], capture_output=True, check=True)
    with xarray.open_dataset(trace.path, engine="h5netcdf") as dataset:
        assert dataset.identical(trace.dataset)


def test_other_processes_read_it_while_it_is_written(tmp_path):
    path = tmp_path / "run.h5"
    with growing(path, 30) as writer:
        trace = open_trace(path)
        assert (trace.rows, trace.status) == (30, "running")
        outside = subprocess.run(
            [sys.executable, "-c", READ_IN_XARRAY, str(path)], capture_output=True, text=True, check=True
        )
        assert outside.stdout == "30\n"
        assert writer.poll() is None


@pytest.mark.parametrize("rows", [0, 1, 300])
def test_flushed_rows_outlive_a_kill(tmp_path, rows):
    path = tmp_path / "run.h5"
    with growing(path, rows) as writer:
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
    trace = open_trace(path)
    assert trace.status == "interrupted"
    np.testing.assert_array_equal(trace.values("step"), np.arange(rows))
    with xarray.open_dataset(path, engine="h5netcdf") as dataset:
        assert dataset.identical(trace.dataset)


def test_rows_appear_as_they_are_written(tmp_path):
    writer = TraceWriter(tmp_path / "run.h5", example_header())
    trace = open_trace(tmp_path / "run.h5")
    for step in range(3):
        assert trace.rows == step
        writer.append(example_row(step))
    writer.close("completed")


def test_a_trace_that_xarray_holds_open_can_be_read(finished):
    with xarray.open_dataset(finished.path, engine="h5netcdf"):
        assert open_trace(finished.path).rows == 3


def test_an_existing_file_is_left_alone(tmp_path):
    path = tmp_path / "run.h5"
    path.write_text("precious")
    with pytest.raises(InputError, match=r"run\.h5 exists already; choose another --out or remove it$"):
        TraceWriter(path, example_header())
    assert path.read_text() == "precious"


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(
        InputError, match=r"run\.h5 cannot be written \(File exists: .*/file\); choose another --out$"
    ):
        TraceWriter(tmp_path / "file" / "run.h5", example_header())
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="folder exists already"):
        TraceWriter(tmp_path / "folder", example_header())


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match=r"none\.h5 does not exist"):
        open_trace(tmp_path / "none.h5")


@pytest.mark.parametrize("kept", [0, 100, 5000])
def test_a_truncated_file(finished, kept):
    os.truncate(finished.path, kept)
    with pytest.raises(InputError, match=r"run\.h5 cannot be read as HDF5 and may be truncated"):
        open_trace(finished.path)


@pytest.mark.parametrize("attributes", [{}, {"description": "not JSON"}])
def test_a_foreign_file(tmp_path, attributes):
    path = tmp_path / "foreign.h5"
    with h5py.File(path, "w") as file:
        file.attrs.update(attributes)
    with pytest.raises(InputError, match=r"foreign\.h5 is not a p2pbo trace"):
        open_trace(path)
