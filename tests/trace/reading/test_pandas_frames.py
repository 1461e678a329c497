"""Pandas frames by dimensions, against the arrays of the file."""

import math

import numpy as np
from trace_examples import NODES, example_header, example_row

from p2pbo import frames, open_trace, open_traces
from p2pbo.trace import TraceWriter


def write(path, dim=3, steps=(0, 10, 20)):
    header = example_header()
    writer = TraceWriter(path, header)
    for step in steps:
        writer.append(example_row(step))
    writer.write_edge_counts(range(8), range(8))
    for name, width in (("final_x", header.dim_x), ("final_y", header.dim_y)):
        writer.write_final(name, 0, np.arange(NODES * width, dtype=float).reshape(NODES, width))
    return writer.close("completed")


def test_a_trace_has_one_for_each_set_of_dimensions(tmp_path):
    trace = write(tmp_path / "run.h5")
    found = trace.frames()
    sizes = {dims: len(frame) for dims, frame in found.items()}
    assert sizes == {
        ("step",): 3,
        ("step", "node"): 3 * NODES,
        ("edge",): 8,
        ("node", "x_dim"): 3 * NODES,
        ("node", "y_dim"): 2 * NODES,
    }
    for dims, frame in found.items():
        assert tuple(frame.index.names) == dims
    assert found["step",].upper_loss.loc[10] == 1 / 11
    assert found["step", "node"].node_upper_loss.loc[10, 2] == 2 / 11
    assert found["edge",].loc[5, ["edge_source", "edge_target", "edge_bytes"]].tolist() == [1, 0, 5]
    assert found["node", "x_dim"].final_x.loc[2, 1] == 7
    told = {name for frame in found.values() for name in frame} - {"edge_source", "edge_target"}
    assert told == set(trace.dataset.data_vars)


def test_it_needs_no_more_room_than_its_figures(tmp_path):
    trace = write(tmp_path / "run.h5", steps=range(300))
    rows = sum(math.prod(frame.shape) for frame in trace.frames().values())
    assert rows < 2 * sum(variable.size for variable in trace.dataset.variables.values())


def test_many_traces_have_frames_too(tmp_path):
    for name in "ab":
        write(tmp_path / f"{name}.h5")
    found = frames(open_traces(tmp_path))
    assert {dims: len(frame) for dims, frame in found.items()} == {
        ("run", "step"): 6,
        ("run", "step", "node"): 6 * NODES,
    }
    one = found["run", "step", "node"].loc["b", 20, 3]
    assert (one.node_upper_loss, one.bytes_sent, one.algorithm) == (3 / 21, 2**40 + 20, "mdbo")


def test_a_run_without_rows_has_frames_without_rows(tmp_path):
    TraceWriter(tmp_path / "run.h5", example_header()).close("interrupted")
    assert {dims: len(frame) for dims, frame in open_trace(tmp_path / "run.h5").frames().items()} == {
        ("edge",): 8
    }
