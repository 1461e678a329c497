import math
import sys

import h5py
import numpy as np
import pytest
from trace_examples import DESCRIPTION, NODES, example_header, example_row

import p2pbo
from p2pbo import InputError
from p2pbo.trace import SCHEMA, Header, TraceRow, TraceWriter, open_trace
from p2pbo.trace.reading import opening


def test_rows_come_back(writer):
    for step in (0, 5, 10):
        writer.append(example_row(step))
    trace = writer.close("completed")
    assert trace.rows == 3
    assert trace.metrics == ["upper_loss", "wall_time", "validation_margin", "node_upper_loss", "bytes_sent"]
    assert trace.values("step").tolist() == [0, 5, 10]
    assert trace.values("upper_loss").tolist() == [1, 1 / 6, 1 / 11]
    assert trace.values("bytes_sent").dtype == np.int64
    assert trace.values("bytes_sent")[2].tolist() == [2**40 + 10] * NODES


def test_the_last_row_comes_back(writer):
    for step in (0, 10):
        writer.append(example_row(step))
    last, expected = writer.close("completed").last, example_row(10)
    assert (last.step, last.metrics) == (10, expected.metrics)
    assert last.node_metrics.keys() == expected.node_metrics.keys()
    for name, values in expected.node_metrics.items():
        np.testing.assert_array_equal(last.node_metrics[name], values)


def test_nothing_logged_has_no_last_row(writer):
    assert writer.close("interrupted").last is None


def test_a_look_is_one_opening(finished, monkeypatch):
    opened, before = [], opening._open
    monkeypatch.setattr(opening, "_open", lambda source: opened.append(source) or before(source))
    for look in (
        lambda: finished.values("upper_loss"),
        lambda: finished["bytes_sent"],
        lambda: finished.final,
        lambda: finished.last,
        lambda: finished.dataset,
    ):
        look()
    assert len(opened) == 5


def test_more_rows_than_a_chunk_holds(writer):
    for step in range(1000):
        writer.append(example_row(step))
    trace = writer.close("completed")
    np.testing.assert_array_equal(trace.values("upper_loss"), 1 / (1 + np.arange(1000)))
    np.testing.assert_array_equal(trace.values("node_upper_loss")[999], np.arange(NODES) / 1000)


def test_every_standard_field_is_stored_as_the_schema_says(tmp_path):
    writer = TraceWriter(tmp_path / "run.h5", example_header(dim_z=5, dim_u=4))
    dims = {name: field.dims for name, field in SCHEMA.items()}
    writer.append(
        TraceRow(
            step=0,
            metrics={name: 1.0 for name in dims if dims[name] == ("step",) and name != "step"},
            node_metrics={
                name: np.ones(NODES, SCHEMA[name].dtype) for name in dims if dims[name] == ("step", "node")
            },
        )
    )
    writer.write_edge_counts(np.arange(8), np.arange(8))
    writer.add_failures(5, [2, 0], 0.25)
    writer.write_rank_waits(np.array([[0.0, 1.0, 0.5], [1.0, 0.0, 0.25]]), 2.0)
    for name, dim in (("final_x", 3), ("final_y", 2), ("final_z", 5), ("final_u", 4)):
        writer.write_final(name, 0, np.ones((NODES, dim)))
    trace = writer.close("completed")
    for name, field in SCHEMA.items():
        array = trace[name]
        assert array.dims == field.dims, name
        assert array.dtype.kind == "U" if field.dtype == "str" else array.dtype == field.dtype, name
        assert array.attrs == {"units": field.units, "long_name": field.long_name}, name
        assert trace.field(name) == field


def test_labelled_arrays_carry_their_coordinates(finished):
    sent = finished["bytes_sent"]
    assert sent.dims == ("step", "node")
    assert sent.sel(step=20, node=3) == 2**40 + 20
    assert finished["edge_bytes"].edge_source.values.tolist() == [0, 1, 2, 3, 0, 1, 2, 3]
    assert finished["edge_codec"].values.tolist() == ["none", "topk:0.1"] * NODES


def test_final_state_keeps_its_type_and_its_blocks_their_places(finished):
    assert finished.final.x.dtype == np.float32
    np.testing.assert_array_equal(finished.final.x, np.arange(12).reshape(4, 3))
    np.testing.assert_array_equal(finished.final.y, np.arange(8).reshape(4, 2))
    assert finished.final.z is None


def test_memory_and_file_hold_the_same(finished, finished_in_memory):
    assert finished_in_memory.path is None
    same = {"start_time": ""}
    on_disk, in_memory = finished.dataset.assign_attrs(same), finished_in_memory.dataset.assign_attrs(same)
    assert in_memory.identical(on_disk)


def test_description_and_attributes(finished):
    assert finished.description == DESCRIPTION
    attributes = finished.attributes
    assert attributes["p2pbo_version"] == p2pbo.__version__
    assert attributes["Conventions"].startswith("CF-")
    assert (attributes["seed"], attributes["spectral_gap"]) == (7, 0.5)
    assert attributes["start_time"].endswith("+00:00")


def test_a_description_of_any_length(tmp_path):
    header = Header({"weights": [1 / 3] * 20_000}, 1, 1, 1, 0, np.array([]), np.array([]), [], {})
    trace = TraceWriter(tmp_path / "run.h5", header).close("completed")
    assert trace.description["weights"][-1] == 1 / 3


@pytest.mark.parametrize("status", ["completed", "interrupted", "failed: rank 3 died"])
def test_exit_status(tmp_path, status):
    writer = TraceWriter(tmp_path / "run.h5", example_header())
    assert open_trace(tmp_path / "run.h5").status == "running"
    assert writer.close(status).status == status


def test_a_row_that_was_cut_short_is_dropped(tmp_path):
    writer = TraceWriter(tmp_path / "run.h5", example_header())
    writer.append(example_row(0))
    broken = example_row(1)
    broken.node_metrics["bytes_sent"] = np.ones(NODES + 1)
    with pytest.raises(ValueError, match="reshape"):
        writer.append(broken)
    trace = writer.close("interrupted")
    with h5py.File(trace.path) as file:
        assert {name: file[name].shape[0] for name in ("step", "upper_loss", "bytes_sent")} == {
            "step": 1,
            "upper_loss": 1,
            "bytes_sent": 1,
        }


def test_a_row_that_is_only_half_there_is_not_read(finished):
    with h5py.File(finished.path, "r+") as file:
        file["bytes_sent"].resize(2, axis=0)
    assert finished.rows == 2
    assert finished.values("step").tolist() == [0, 10]
    assert finished["upper_loss"].step.values.tolist() == [0, 10]
    assert finished.dataset.sizes["step"] == 2


def test_the_first_row_fixes_the_fields(writer):
    writer.append(example_row(0))
    other = example_row(1)
    del other.metrics["wall_time"]
    with pytest.raises(ValueError, match="step 1 differs from the first row in its fields: wall_time"):
        writer.append(other)


def test_a_standard_name_with_other_dimensions_is_refused(writer):
    with pytest.raises(ValueError, match="bytes_sent has the dimensions"):
        writer.append(TraceRow(0, {"bytes_sent": 1.0}, {}))


def test_final_rows_beyond_the_last_node_are_refused(writer):
    with pytest.raises(ValueError, match="4 nodes"):
        writer.write_final("final_x", 3, np.ones((2, 3)))


def test_figures_that_are_not_finite_are_kept(writer):
    writer.append(TraceRow(0, {"upper_loss": math.nan, "lower_loss": math.inf}, {}))
    trace = writer.close("completed")
    assert math.isnan(trace.values("upper_loss")[0])
    assert math.isinf(trace.values("lower_loss")[0])


def test_a_metric_outside_the_schema_is_described(finished):
    margin = finished["validation_margin"]
    assert margin.values.tolist() == [0, -5, -10]
    assert margin.attrs == {"units": "1", "long_name": "validation margin"}


def test_a_missing_variable_names_the_others(finished):
    with pytest.raises(
        InputError, match=r"has no 'uper_loss'; did you mean upper_loss\? choose from .*wall_time"
    ):
        finished["uper_loss"]
    assert "upper_loss" in finished
    assert "uper_loss" not in finished


def test_without_a_final_state_the_error_says_why(writer):
    writer.append(example_row(0))
    trace = writer.close("interrupted")
    with pytest.raises(InputError, match="has no final state, its run is interrupted"):
        trace.final  # noqa: B018


def test_save_copies_a_trace_and_replaces_nothing(finished_in_memory, finished, tmp_path):
    for trace in (finished_in_memory, finished):
        copy = tmp_path / f"copy-{trace.path is None}.h5"
        trace.save(copy)
        assert open_trace(copy).dataset.identical(trace.dataset)
        with pytest.raises(InputError, match="cannot be written"):
            trace.save(copy)


def test_chunks_are_neither_rows_nor_megabytes(finished):
    with h5py.File(finished.path) as file:
        for name in ("step", "upper_loss", "bytes_sent"):
            chunk = file[name].chunks
            assert chunk[0] >= 64
            assert np.prod(chunk) * file[name].dtype.itemsize <= 2**16


def test_size_grows_with_the_rows(tmp_path):
    def size(rows):
        path = tmp_path / f"{rows}.h5"
        writer = TraceWriter(path, example_header())
        for step in range(rows):
            writer.append(example_row(step))
        writer.close("completed")
        return path.stat().st_size

    sizes = [size(rows) for rows in (512, 1024, 1536)]
    row = 8 * (1 + 3 + 2 * NODES)
    assert sizes[1] - sizes[0] == pytest.approx(512 * row, rel=0.2)
    assert sizes[2] - sizes[1] == pytest.approx(512 * row, rel=0.2)


def test_plain_values_need_no_xarray(finished, monkeypatch):
    monkeypatch.setitem(sys.modules, "xarray", None)
    assert len(finished.values("upper_loss")) == 3
    with pytest.raises(InputError, match=r"xarray is not installed; pip install 'p2pbo\[analysis\]'"):
        finished["upper_loss"]
