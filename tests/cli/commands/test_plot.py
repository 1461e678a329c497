from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from p2pbo import InputError
from p2pbo.cli.commands.plot import plot
from p2pbo.trace import Header, TraceRow, TraceWriter


@pytest.fixture
def traces(tmp_path):
    return [write_trace(tmp_path / f"{name}.h5", name) for name in ("mdbo", "vrdbo")]


def write_trace(path, algorithm, problem="logreg-hpo"):
    ends = np.array([0, 1])
    description = {
        "algorithm": {"name": algorithm},
        "problem": {"name": problem},
        "topology": {"name": "ring"},
    }
    writer = TraceWriter(path, Header(description, 2, 1, 1, 0, ends, 1 - ends, ["none"] * 2, {}))
    for step in (0, 1):
        metrics = {"upper_loss": 1.0 - step / 2, "wall_time": float(step)}
        writer.append(
            TraceRow(step, metrics, {"bytes_sent": ends * step, "node_consensus_x": 0.1 * step + ends})
        )
    writer.write_edge_counts(ends + 1, ends + 1)
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


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        ("consensus", ["step 0", "step 1", "distance of the node's x to the average", "exactly 0"]),
        ("traffic", ["payload over the edge, both ways (MB)"]),
    ],
)
def test_other_kinds_draw_one_run_on_its_graph(traces, tmp_path, monkeypatch, kind, texts):
    monkeypatch.chdir(tmp_path)
    assert run(traces[0], "--kind", kind).stdout == f"{kind}.png\n"
    assert run(traces[0], "--kind", kind, "--out", "one.svg").exit_code == 0
    drawn = Path("one.svg").read_text()
    for text in [*texts, "MDBO, ring, 2 nodes, uncompressed"]:
        assert f">{text}<" in drawn


def test_a_folder_stands_for_its_traces_and_a_facet_for_panels(traces, tmp_path):
    out = tmp_path / "facets.svg"
    assert run(traces[0].parent, "--facet", "algorithm", "--scale", "log", "--out", out).exit_code == 0
    drawn = out.read_text()
    assert ">MDBO<" in drawn
    assert ">VRDBO<" in drawn
    assert drawn.count('id="axes_') == 2


def test_runs_of_different_problems_need_force(traces, tmp_path):
    other = write_trace(tmp_path / "other.h5", "mdbo", "quadratic")
    out = tmp_path / "both.png"
    error = run(traces[0], other, "--out", out).exception
    assert isinstance(error, InputError)
    assert "is of another problem than" in str(error)
    assert not out.exists()
    assert run(traces[0], other, "--out", out, "--force").exit_code == 0


@pytest.mark.parametrize(
    ("count", "arguments", "complaint"),
    [
        (2, ["--y", "uper_loss"], "has no metric 'uper_loss'; did you mean upper_loss?"),
        (2, ["--kind", "curve"], "--kind curve is not known; did you mean curves?"),
        (2, ["--facet", "topolgy"], "--facet topolgy is no part of these runs; did you mean topology?"),
        (2, ["--scale", "logg"], "--scale logg is not known; did you mean log?"),
        (2, ["--x", "modelled"], "mdbo.h5 has no modelled_time; give the topology a bandwidth"),
        (2, ["--kind", "traffic"], "--kind traffic draws one run and got 2; give one trace"),
        (
            1,
            ["--kind", "consensus", "--x", "bytes"],
            "--x has no meaning with --kind consensus; leave one of them",
        ),
        (1, ["--out", "loss.gif"], "loss.gif has no ending of a picture format; call it .png, .svg, .pdf"),
    ],
)
def test_bad_input_is_an_input_error(traces, count, arguments, complaint):
    error = run(*traces[:count], *arguments).exception
    assert isinstance(error, InputError)
    assert complaint in str(error)
