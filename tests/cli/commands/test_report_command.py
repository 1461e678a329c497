import json

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from p2pbo import InputError
from p2pbo.cli.commands.compare import compare
from p2pbo.cli.commands.report import report
from p2pbo.config.sweep import Sweep
from p2pbo.runner.sweep.folder import SweepFolder
from p2pbo.trace import Header, TraceRow, TraceWriter

ASKED = Sweep({}, [{}], {"codec": ["none", "sign"], "steps": [1], "seed": [0, 1]})


@pytest.fixture
def folder(tmp_path):
    """A sweep of four points; one is still to be run."""
    folder = SweepFolder(tmp_path)
    folder.record(ASKED)
    for point in ASKED.points()[:3]:
        described = {"algorithm": {"name": "mdbo"}, **point.settings}
        ends = np.array([0, 1])
        writer = TraceWriter(
            folder.trace(point), Header(described, 2, 1, 1, 0, ends, 1 - ends, ["none"] * 2, {})
        )
        for step in (0, 1):
            metrics = {"upper_loss": 1 / (1 + step + point.index), "wall_time": float(step)}
            writer.append(TraceRow(step, metrics, {"bytes_sent": ends * step}))
        writer.close("completed")
    return tmp_path


def run(command, *arguments):
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_page_lies_in_the_folder_and_has_the_numbers_of_compare(folder):
    result = run(report, folder, "--target", "upper_loss=0.4")
    written = folder / "report.html"
    assert (result.exit_code, result.stdout) == (0, f"{written}\n")
    html = written.read_text(encoding="utf-8")
    rows = json.loads(run(compare, folder, "--target", "upper_loss=0.4", "--json").stdout)["rows"]
    table = html.partition('<table id="compared">')[2].partition("</table>")[0]
    best = [row["best"] for row in rows]
    assert len(best) == 2
    assert [f'<data value="{figure["mean"]}">' in table for figure in best] == [True, True]


def test_what_is_missing_of_the_sweep_is_named(folder):
    html = folder / "page.html"
    assert run(report, folder, "--out", html).exit_code == 0
    text = html.read_text(encoding="utf-8")
    assert "3 of 4 runs completed" in text
    assert "<dt>codec=sign,seed=1</dt><dd>asked for, not there</dd>" in text
    assert "<dt>codec</dt><dd>none · sign</dd>" in text


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--target", "upper_loss"], "is not METRIC=VALUE"),
        (["--target", "uper_loss=1"], "has no metric 'uper_loss'; did you mean upper_loss?"),
    ],
)
def test_targets_that_do_not_suit(folder, arguments, complaint):
    error = run(report, folder, *arguments).exception
    assert isinstance(error, InputError)
    assert complaint in str(error)
    assert not (folder / "report.html").exists()


def test_a_folder_that_is_none(tmp_path):
    error = run(report, tmp_path / "none").exception
    assert isinstance(error, InputError)
    assert "none is no folder; give the folder" in str(error)


def test_several_folders_and_traces_make_one_page(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    moved = min(folder.glob("*.h5")).rename(other / "moved.h5")
    page = other / "both.html"
    result = run(report, folder, moved, "--out", page, "--target", "upper_loss=0.4")
    assert (result.exit_code, result.stdout) == (0, f"{page}\n")
    html = page.read_text(encoding="utf-8")
    assert f"<h1>{folder.name}, moved.h5</h1>" in html
    assert "3 of 3 runs completed" in html
    assert str(moved) in html


def test_a_page_about_several_places_needs_a_place_of_its_own(folder, tmp_path_factory):
    result = run(report, folder, tmp_path_factory.mktemp("other"))
    assert isinstance(result.exception, InputError)
    assert "has no folder to lie in; give --out PAGE.html" in str(result.exception)


def test_pairs_are_shown_where_they_are_asked_for(folder):
    html = folder / "page.html"
    for flags, figure in (((), "upper_loss at the end"), (("--target", "upper_loss=0.4"), "MB per node")):
        assert run(report, folder, "--paired", *flags, "--out", html).exit_code == 0
        section = html.read_text(encoding="utf-8").partition("What the seeds tell apart")[2]
        assert figure in section and "not told apart" in section
    with pytest.raises(InputError, match="--metric lower_loss is for --paired"):
        raise run(report, folder, "--metric", "lower_loss").exception
