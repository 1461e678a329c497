from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from p2pbo import InputError
from p2pbo.cli.plot import plot
from p2pbo.trace import Header, Row, TraceWriter


@pytest.fixture
def traces(tmp_path):
    return [write_trace(tmp_path / f"{name}.h5", name) for name in ("mdbo", "vrdbo")]


def write_trace(path, algorithm):
    ends = np.array([0, 1])
    header = Header({"algorithm": {"name": algorithm}}, 2, 1, 1, 0, ends, 1 - ends, ["none"] * 2, {})
    writer = TraceWriter(path, header)
    for step in (0, 1):
        metrics = {"upper_loss": 1.0 - step / 2, "wall_time": float(step)}
        writer.append(Row(step, metrics, {"bytes_sent": ends * step}))
    return writer.close("completed").path


def run(*arguments):
    app = typer.Typer()
    app.command()(plot)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_default_name_is_the_metric(traces, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run(*traces, "--y", "wall_time")
    assert (result.exit_code, result.stdout) == (0, "wall_time.png\n")
    assert Path("wall_time.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("x", "label"),
    [("iteration", "iteration"), ("bytes", "data sent per node (MB)"), ("time", "wall-clock time (s)")],
)
def test_the_plot_says_what_it_shows(traces, tmp_path, x, label):
    out = tmp_path / "loss.svg"
    result = run(*traces, "--x", x, "--out", out, "--title", "Two nodes")
    assert result.stdout == f"{out}\n"
    drawn = out.read_text()
    for text in (label, "upper loss at the network average", "Two nodes", "MDBO", "VRDBO"):
        assert f">{text}<" in drawn


def test_an_unknown_metric_is_an_input_error(traces):
    error = run(*traces, "--y", "uper_loss").exception
    assert isinstance(error, InputError)
    assert "did you mean upper_loss?" in str(error)
