"""Many traces in one dataset, compared with what h5py and xarray read from the files."""

import os
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray

from p2pbo import InputError, open_traces
from p2pbo.trace import Header, TraceRow, TraceWriter
from p2pbo.trace.reading import opening
from p2pbo.trace.storage import journaled_file

LOGGED = {"upper_loss": "float64", "node_upper_loss": "float64", "bytes_sent": "int64"}


@pytest.fixture
def write(tmp_path):
    """Write a trace of random figures; returns its path, or the open writer where ``close`` is None."""

    def write(
        name, steps=(0, 10, 20), nodes=4, close="completed", extra=None, attributes=None, **description
    ):
        described = {
            "algorithm": {"name": "mdbo", "eta": 0.1},
            "problem": {"name": "quadratic"},
            "data": {"name": "a9a"},
            "partition": "iid",
            "topology": {"name": "ring", "weights": "metropolis"},
            "codec": "none",
            "seed": 0,
            "nodes": nodes,
            "steps": 20,
            **description,
        }
        edges = np.array([], dtype=int)
        header = Header(described, nodes, 1, 1, 0, edges, edges, [], attributes or {"ranks": 1})
        writer = TraceWriter(tmp_path / f"{name}.h5", header)
        draw = np.random.default_rng(list(name.encode()))
        for step in steps:
            metrics = {"upper_loss": draw.random(), **(extra or {})}
            of_nodes = {"node_upper_loss": draw.random(nodes), "bytes_sent": draw.integers(2**40, size=nodes)}
            writer.append(TraceRow(step, metrics, of_nodes))
        if close is None:
            return writer
        writer.close(close)
        return tmp_path / f"{name}.h5"

    return write


def figures(path):
    """What h5py alone finds in a trace: its steps, and every logged variable."""
    with h5py.File(path, locking=False) as file:  # as the writer of one that still grows in this process
        return file["step"][...], {name: file[name][...] for name in LOGGED if name in file}


def check_against_files(dataset):
    """Every figure is in its place, and nothing anywhere else."""
    for run in dataset.run.values:
        one = dataset.sel(run=run)
        steps, found = figures(str(one.path.values))
        for name in LOGGED:
            expected = xarray.full_like(one[name], np.nan, dtype=float)
            for step, figure in zip(steps, found.get(name, ()), strict=False):
                expected.loc[
                    {"step": step, "node": range(figure.size)} if figure.ndim else {"step": step}
                ] = figure
            np.testing.assert_array_equal(one[name], expected)


def test_equal_runs_lie_side_by_side(write):
    paths = [write(name) for name in "abc"]
    dataset = open_traces(paths)
    assert dict(dataset.sizes) == {"run": 3, "step": 3, "node": 4}
    assert {name: array.dtype for name, array in dataset.items()} == LOGGED
    check_against_files(dataset)
    assert dataset.bytes_sent.attrs == {"units": "byte", "long_name": "payload sent by the node so far"}
    assert dataset.step.attrs["long_name"] == "steps done"


def test_other_steps_nodes_and_figures_leave_nan(write):
    paths = [
        write("few", steps=(0, 20), nodes=2),
        write("many", steps=(0, 5, 10, 15, 20), nodes=6, extra={"margin": 1.5}),
        write("late", steps=(30,)),
    ]
    dataset = open_traces(paths)
    assert dataset.step.values.tolist() == [0, 5, 10, 15, 20, 30]
    assert dict(dataset.sizes) == {"run": 3, "step": 6, "node": 6}
    check_against_files(dataset)
    assert dataset.bytes_sent.dtype == np.float64
    assert dataset.margin.sel(run="many").values.tolist() == [1.5] * 5 + [pytest.approx(np.nan, nan_ok=True)]
    assert dataset.margin.sel(run="few").isnull().all()
    assert dataset.nodes.values.tolist() == [2, 6, 4]


def test_it_is_what_xarray_makes_of_the_files(write):
    paths = [write("a"), write("b", steps=(0, 5)), write("c", nodes=3)]
    opened = [xarray.open_dataset(path, engine="h5netcdf")[list(LOGGED)] for path in paths]
    theirs = xarray.concat(opened, "run", join="outer")
    ours = open_traces(paths)[list(LOGGED)]
    for dataset in opened:
        dataset.close()
    xarray.testing.assert_equal(ours.reset_coords(drop=True).drop_vars("run"), theirs)


def test_coordinates_tell_runs_apart(write):
    paths = [
        write("a", seed=3, codec="sign", attributes={"ranks": 4, "spectral_gap": 0.25}),
        write("b", algorithm={"name": "vrdbo", "eta": 0.5, "mixing": {"name": "gossip", "y": "ed"}}),
        write("c", close="interrupted", codec_by="bandwidth"),
    ]
    dataset = open_traces(map(str, paths))
    found = {name: dataset[name].values.tolist() for name in dataset.coords if dataset[name].dims == ("run",)}
    gap, ranks = found.pop("spectral_gap"), found.pop("ranks")
    assert [Path(path).name for path in found.pop("path")] == ["a.h5", "b.h5", "c.h5"]
    assert found == {
        "run": ["a", "b", "c"],
        "status": ["completed", "completed", "interrupted"],
        "seed": [3, 0, 0],
        "nodes": [4, 4, 4],
        "algorithm": ["mdbo", "vrdbo", "mdbo"],
        "problem": ["quadratic"] * 3,
        "data": ["a9a"] * 3,
        "partition": ["iid"] * 3,
        "topology": ["ring"] * 3,
        "weights": ["metropolis"] * 3,
        "codec": ["sign", "none", "none"],
        "algorithm.eta": [0.1, 0.5, 0.1],
        "algorithm.mixing": ["", "gossip", ""],
        "algorithm.mixing.y": ["", "ed", ""],
        "codec_by": ["", "", "bandwidth"],
    }
    assert ranks == [4, 1, 1]
    assert gap[0] == 0.25
    assert np.isnan(gap[1:]).all()
    assert dataset.seed.dtype == np.int64


def test_selecting_grouping_and_frames(write):
    for codec in ("none", "sign"):
        for seed in range(3):
            write(f"{codec}-{seed}", codec=codec, seed=seed)
    dataset = open_traces(write("none-3", seed=3).parent)
    chosen = dataset.where(dataset.codec == "sign", drop=True)
    assert chosen.run.values.tolist() == ["sign-0", "sign-1", "sign-2"]
    means = dataset.groupby("codec").mean()
    losses = [figures(str(path))[1]["upper_loss"] for path in chosen.path.values]
    np.testing.assert_allclose(means.upper_loss.sel(codec="sign"), np.mean(losses, axis=0))
    frame = dataset[["upper_loss"]].to_dataframe()
    assert frame.loc[("sign-1", 10), "upper_loss"] == losses[1][1]
    assert frame.groupby("codec").upper_loss.count().to_dict() == {"none": 12, "sign": 9}


def test_some_variables_only(write):
    path = write("a")
    assert list(open_traces(path, names=["bytes_sent", "upper_loss"])) == ["bytes_sent", "upper_loss"]
    assert list(open_traces(path, names="upper_loss")) == ["upper_loss"]
    with pytest.raises(
        InputError, match=r"none of the traces has logged 'uper_loss'; did you mean upper_loss\?"
    ):
        open_traces(path, names=["uper_loss"])


def test_folders_patterns_and_paths(write, tmp_path, monkeypatch):
    for name in ("one/b", "one/a", "two/deep/c"):
        write(name)
    (tmp_path / "one" / "summary.csv").touch()

    def runs(source):
        return open_traces(source, "upper_loss").run.values.tolist()

    assert runs(tmp_path / "one") == ["a", "b"]
    assert runs(str(tmp_path / "one")) == ["a", "b"]
    assert runs(f"{tmp_path}/**/*.h5") == ["one/a", "one/b", "two/deep/c"]
    assert runs(tmp_path / "*" / "b*") == ["b"]
    assert runs(tmp_path / "one" / "b.h5") == ["b"]
    assert runs(tmp_path / "one" / f"{x}.h5" for x in "bab") == ["b", "a"]
    monkeypatch.chdir(tmp_path / "two")
    assert runs("**/*.h5") == ["c"]
    assert runs(["deep/c.h5", tmp_path / "one" / "a.h5"]) == ["two/deep/c", "one/a"]


def test_no_files(tmp_path):
    with pytest.raises(
        InputError, match=r"none\*\.h5 matches no file; give a folder of traces, or a pattern"
    ):
        open_traces(tmp_path / "none*.h5")
    with pytest.raises(InputError, match=r"/\*\.h5 matches no file"):
        open_traces(tmp_path)
    with pytest.raises(InputError, match="the list of traces is empty"):
        open_traces([])
    with pytest.raises(InputError, match=r"gone\.h5 does not exist"):
        open_traces([tmp_path / "gone.h5"])


def test_a_truncated_file_is_named(write):
    paths = [write("a"), write("b")]
    os.truncate(paths[1], 5000)
    with pytest.raises(InputError, match=r"/b\.h5 cannot be read as HDF5 and may be truncated"):
        open_traces(paths)


@pytest.mark.parametrize("attributes", [{}, {"description": "not JSON"}, {"description": "{}"}])
def test_a_foreign_file_is_named(write, attributes):
    path = write("a").with_name("foreign.h5")
    with h5py.File(path, "w") as file:
        file.attrs.update(attributes)
    with pytest.raises(InputError, match=r"foreign\.h5 is not a p2pbo trace"):
        open_traces(path.parent)


def test_runs_that_are_still_going_on(write, tmp_path, monkeypatch):
    monkeypatch.setattr(journaled_file, "APPLY_PERIOD", 0)
    started, growing = write("started", steps=(), close=None), write("growing", steps=(0, 10), close=None)
    write("done")
    dataset = open_traces(tmp_path)
    assert dataset.status.values.tolist() == ["completed", "running", "running"]
    check_against_files(dataset)
    assert dataset.upper_loss.count("step").values.tolist() == [3, 2, 0]
    for writer in (started, growing):
        writer.close("interrupted")
    nothing = open_traces(tmp_path / "started.h5")
    assert dict(nothing.sizes) == {"run": 1, "step": 0, "node": 4}


def test_a_row_that_is_only_half_there_is_not_read(write):
    path = write("a")
    with h5py.File(path, "r+") as file:
        file["bytes_sent"].resize(2, axis=0)
    dataset = open_traces(path)
    assert dataset.step.values.tolist() == [0, 10]
    assert dataset.bytes_sent.dtype == np.int64


def test_one_name_for_figures_of_other_shapes_is_refused(write):
    paths = [write("a", extra={"margin": 1.0})]
    header = Header({}, 1, 1, 1, 0, np.array([], dtype=int), np.array([], dtype=int), [], {})
    writer = TraceWriter(paths[0].with_name("b.h5"), header)
    writer.append(TraceRow(0, {}, {"margin": np.ones(1)}))
    paths.append(writer.close("completed").path)
    with pytest.raises(InputError, match=r"b\.h5 has other dimensions of margin than .*a\.h5"):
        open_traces(paths)


def test_xarray_is_needed(write, monkeypatch):
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(InputError, match=r"xarray is not installed; pip install 'p2pbo\[analysis\]'"):
        open_traces(write("a"))


def test_files_are_opened_no_more_than_needed(write, monkeypatch):
    paths = [write(name) for name in "ab"]
    opened = []
    before = opening._open
    monkeypatch.setattr(opening, "_open", lambda source: opened.append(source) or before(source))
    open_traces(paths)
    assert len(opened) == 2 * len(paths)
