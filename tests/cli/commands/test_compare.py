import csv
import json
import subprocess
import sys

import numpy as np
import pytest
from command import said_to

from p2pbo.trace import Header, TraceRow, TraceWriter

TARGET = ("--target", "upper_loss=0.5")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two seeds of MDBO, which sends 1 and 3 MB to the target, and one of VRDBO, which does not reach it."""
    folder = tmp_path_factory.mktemp("runs")
    write_trace(folder / "mdbo-0.h5", "mdbo", 0, [1.0, 0.5], 1)
    write_trace(folder / "mdbo-1.h5", "mdbo", 1, [1.0, 0.4], 3)
    write_trace(folder / "vrdbo-0.h5", "vrdbo", 0, [1.0, 0.75], 1)
    (folder / "sweep.json").write_text("{}")
    return folder


def write_trace(path, algorithm, seed, loss, megabytes, problem="quadratic"):
    ends = np.array([0, 1])
    described = {"algorithm": {"name": algorithm}, "problem": {"name": problem}, "seed": seed}
    writer = TraceWriter(path, Header(described, 2, 1, 1, 0, ends, 1 - ends, ["none"] * 2, {}))
    for step, value in enumerate(loss):
        sent = np.full(2, 1_000_000 * megabytes * step)
        writer.append(TraceRow(step, {"upper_loss": value, "wall_time": float(step)}, {"bytes_sent": sent}))
    writer.close("completed")


def test_a_folder_stands_for_its_traces(folder):
    files = said_to("compare", *sorted(folder.glob("*.h5")), *TARGET)
    assert (files.code, files.err) == (0, "")
    assert said_to("compare", folder, *TARGET) == files
    title, _, _, *rows, _ = files.out.splitlines()
    assert title.strip() == "upper_loss ≤ 0.5: quadratic, 3 runs"
    assert " ".join(rows[0].split()) == "MDBO 2 of 2 * 1 ± 0 * 2.0 ± 1.0 * 1 ± 0 * 0.450 ± 0.050"
    assert " ".join(rows[1].split()) == "VRDBO not reached – – – 0.75"


def test_seed_by_seed(folder, tmp_path):
    write_trace(tmp_path / "vrdbo-1.h5", "vrdbo", 1, [1.0, 0.7], 1)
    told = json.loads(said_to("compare", folder, tmp_path, "--paired", "--json").out)
    (row,) = told["rows"]
    assert (told["figure"]["title"], row["pairs"]) == ("upper_loss at the end", 2)
    assert row["difference"] == pytest.approx(-0.275)
    told = json.loads(said_to("compare", folder, "--paired", *TARGET, "--sort", "iterations", "--json").out)
    assert (told["figure"]["title"], told["rows"][0]["missing"]) == ("iterations to upper_loss ≤ 0.5", 1)


def test_json_is_all_that_is_printed(folder):
    told = json.loads(said_to("compare", folder, *TARGET, "--json").out)
    assert [(row["label"], row["reached"]) for row in told["rows"]] == [("MDBO", 2), ("VRDBO", 0)]
    assert told["rows"][0]["megabytes"] == {"mean": 2.0, "error": pytest.approx(1.0)}
    assert told["data"] is None


def test_csv_is_all_that_is_printed(folder):
    rows = list(csv.DictReader(said_to("compare", folder, *TARGET, "--csv").out.splitlines()))
    assert [(row["label"], row["megabytes"]) for row in rows] == [("MDBO", "2.0"), ("VRDBO", "")]


@pytest.mark.parametrize(
    ("flag", "line"),
    [
        ("--markdown", "| VRDBO | not reached | – | – | – | 0.75 |"),
        ("--latex", r"VRDBO & not reached & -- & -- & -- & $0.75$ \\"),
    ],
)
def test_tables_for_pages_and_papers(folder, flag, line):
    said = said_to("compare", folder, *TARGET, flag)
    assert (said.code, said.err) == (0, "")
    assert line in said.out.splitlines()


def test_sorted_by_another_cost(folder, tmp_path):
    write_trace(tmp_path / "slow.h5", "dsbo", 0, [1.0, 0.9, 0.5], 0.1)
    for sort, first in (("megabytes", "DSBO"), ("iterations", "MDBO")):
        told = said_to("compare", folder, tmp_path, *TARGET, "--sort", sort, "--json")
        assert json.loads(told.out)["rows"][0]["label"] == first


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ((*TARGET, "--json", "--latex"), "--json and --latex exclude each other; give one of them"),
        (
            ("--target", "upper_loss"),
            "--target upper_loss is not METRIC=VALUE; give one such as upper_loss=0.35",
        ),
        (("--target", "uper_loss=1"), "mdbo-0.h5 has no metric 'uper_loss'; did you mean upper_loss?"),
        ((*TARGET, "--sort", "wal"), "--sort wal is not known; did you mean wall?"),
        (("none.h5", *TARGET), "none.h5 does not exist; "),
        ((), "compare lacks a --target; give one such as upper_loss=0.35, or --paired"),
        ((*TARGET, "--by", "codec"), "--by codec is for --paired; add that, or leave it out"),
        (("--paired", "--sort", "wall"), "--sort wall is a cost of reaching a target; add --target"),
        (("--paired", *TARGET, "--metric", "lower_loss"), "--metric and --target exclude each other"),
    ],
)
def test_bad_input_is_one_line(folder, arguments, line):
    said = said_to("compare", folder, *arguments)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert line in said.err


def test_files_that_are_no_traces_are_named(folder, tmp_path):
    assert "is a folder without traces (*.h5); " in said_to("compare", tmp_path, *TARGET).err
    image = (folder / "mdbo-0.h5").read_bytes()
    (tmp_path / "cut.h5").write_bytes(image[: len(image) // 2])
    said = said_to("compare", folder, tmp_path, *TARGET)
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "cut.h5 cannot be read as HDF5 and may be truncated" in said.err


def test_other_problems_need_force(folder, tmp_path):
    write_trace(tmp_path / "other.h5", "mdbo", 0, [1.0, 0.5], 1, problem="logreg-hpo")
    refused = said_to("compare", folder, tmp_path, *TARGET)
    assert (refused.code, refused.out) == (2, "")
    assert "other.h5 is of another problem than" in refused.err
    forced = said_to("compare", folder, tmp_path, *TARGET, "--force")
    assert (forced.code, forced.out.splitlines()[0].strip()) == (
        0,
        "upper_loss ≤ 0.5: quadratic, logreg-hpo, 4 runs",
    )


def test_the_help_says_that_nothing_is_interpolated():
    assert "nothing is interpolated" in " ".join(said_to("compare", "--help").out.split())


def test_nothing_heavy_is_imported(folder):
    program = (
        "import sys; from p2pbo.cli import main\n"
        f"sys.argv = ['p2pbo', 'compare', {str(folder)!r}, *{TARGET}]\n"
        "try: main()\n"
        "finally: print([m for m in ('matplotlib', 'pandas', 'xarray', 'torch') if m in sys.modules], "
        "file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"
