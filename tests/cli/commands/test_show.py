import json

import numpy as np
import pytest
import typer
import xarray
from typer.testing import CliRunner

import p2pbo
from p2pbo import InputError
from p2pbo.cli.commands.show import show
from p2pbo.trace import Header, TraceRow, TraceWriter, open_trace


@pytest.fixture
def trace(tmp_path):
    described = {"algorithm": {"name": "mdbo"}, "topology": {"name": "ring"}, "nodes": 2, "seed": 4}
    ends = np.array([0, 1])
    header = Header(described, 2, 1, 1, 0, ends, 1 - ends, ["none"] * 2, {"spectral_gap": 0.5, "ranks": 2})
    writer = TraceWriter(tmp_path / "run.h5", header)
    writer.append(TraceRow(30, {"upper_loss": 0.25, "lower_loss": float("nan")}, {}))
    return writer.close("completed")


def run(*arguments):
    app = typer.Typer()
    app.command()(show)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_show_prints_facts_and_final_figures(trace):
    result = run(trace.path)
    assert result.exit_code == 0
    for text in ("MDBO", "ring; spectral gap 0.5", "completed", "after step 30", "upper_loss", "0.25"):
        assert text in result.stdout


def test_show_names_the_codec_and_a_lower_level_of_each_nodes_own(tmp_path):
    given = {"problem": "quadratic", "nodes": 2, "steps": 1, "algorithm": "mdbo"}
    paths = [tmp_path / "own.h5", tmp_path / "plain.h5"]
    p2pbo.run(**given, lower_level="local", codec="x=lowrank:2", out=paths[0])
    p2pbo.run(**given, out=paths[1])
    own, plain = (run(path).stdout for path in paths)
    assert "local: each node has its own" in own
    assert "│ codec" in own
    assert "x=lowrank:2" in own
    assert "lower level" not in plain
    assert "│ codec" not in plain
    told = [json.loads(run(path, "--json").stdout)[0] for path in paths]
    assert [row["lower_level"] for row in told] == ["local", None]
    assert [row["codec"] for row in told] == ["x=lowrank:2", "none"]


def test_json_is_all_that_is_printed(trace):
    result = run(trace.path, trace.path, "--json")
    first, second = json.loads(result.stdout)
    assert first == second
    assert (first["path"], first["status"], first["seed"]) == (str(trace.path), "completed", 4)
    assert first["final"]["upper_loss"]["value"] == 0.25
    assert first["final"]["lower_loss"]["value"] is None


def test_a_copy_holds_the_rows_of_a_run_that_goes_on(tmp_path):
    writer = TraceWriter(tmp_path / "run.h5", Header({}, 1, 1, 1, 0, [], [], [], {}))
    for step in range(3):
        writer.append(TraceRow(step, {"upper_loss": 0.5 * step}, {}))
    copy = tmp_path / "copy.h5"
    result = run(tmp_path / "run.h5", "--copy", copy)
    assert (result.exit_code, "copy.h5" in result.stdout, "after step 2" in result.stdout) == (0, True, True)
    with xarray.open_dataset(copy, engine="h5netcdf") as dataset:
        assert dataset.upper_loss.values.tolist() == [0, 0.5, 1]
    writer.append(TraceRow(3, {"upper_loss": 1.5}, {}))
    refused = run(tmp_path / "run.h5", "--copy", copy)
    assert str(refused.exception) == (
        f"{copy} exists already; choose another file, or replace it with --force"
    )
    assert open_trace(copy).rows == 3
    assert run(tmp_path / "run.h5", "--copy", copy, "--force").exit_code == 0
    assert open_trace(copy).rows == 4
    itself = run(tmp_path / "run.h5", "--copy", tmp_path / "run.h5", "--force")
    assert "cannot be a copy of itself" in str(itself.exception)
    writer.close("completed")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["copy.h5", "run.h5"]


def test_a_copy_is_of_one_trace(trace, tmp_path):
    refused = run(trace.path, trace.path, "--copy", tmp_path / "copy.h5")
    assert str(refused.exception) == "--copy copies one trace and got 2; give one trace"
    nowhere = run(trace.path, "--copy", tmp_path / "none" / "copy.h5")
    assert "cannot be written (No such file or directory" in str(nowhere.exception)


def test_a_missing_trace_is_an_input_error(tmp_path):
    assert isinstance(run(tmp_path / "none.h5").exception, InputError)
