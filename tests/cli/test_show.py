import json

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from p2pbo import InputError
from p2pbo.cli.show import show
from p2pbo.trace import Header, Row, TraceWriter


@pytest.fixture
def trace(tmp_path):
    described = {"algorithm": {"name": "mdbo"}, "topology": {"name": "ring"}, "nodes": 2, "seed": 4}
    ends = np.array([0, 1])
    header = Header(described, 2, 1, 1, 0, ends, 1 - ends, ["none"] * 2, {"spectral_gap": 0.5, "ranks": 2})
    writer = TraceWriter(tmp_path / "run.h5", header)
    writer.append(Row(30, {"upper_loss": 0.25, "lower_loss": float("nan")}, {}))
    return writer.close("completed")


def run(*arguments):
    app = typer.Typer()
    app.command()(show)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_show_prints_facts_and_final_figures(trace):
    result = run(trace.path)
    assert result.exit_code == 0
    for text in ("mdbo", "ring; spectral gap 0.5", "completed", "after step 30", "upper_loss", "0.25"):
        assert text in result.stdout


def test_json_is_all_that_is_printed(trace):
    result = run(trace.path, trace.path, "--json")
    first, second = json.loads(result.stdout)
    assert first == second
    assert (first["path"], first["status"], first["seed"]) == (str(trace.path), "completed", 4)
    assert first["final"]["upper_loss"]["value"] == 0.25
    assert first["final"]["lower_loss"]["value"] is None


def test_a_missing_trace_is_an_input_error(tmp_path):
    assert isinstance(run(tmp_path / "none.h5").exception, InputError)
