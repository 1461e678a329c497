"""What is said at the end of a sweep: the table, the CSV and the Parquet file have the figures of the traces."""

import csv
import io
import math

import numpy as np
import pytest
from rich.console import Console

from p2pbo.analysis.sweep_summary import (
    COMPLETED,
    PointResult,
    shortfall,
    summary_columns,
    summary_table,
    write_summary,
)
from p2pbo.trace import Trace


@pytest.fixture
def results(traced):
    """Two seeds of one run, another run, one that failed and one that was not run."""

    def result(point, status=COMPLETED, **given):
        trace = traced(**given)
        return PointResult(point, trace.description, status, trace)

    absent = result("d", "not run", codec="sign")
    return [
        result("a", codec="none"),
        result("b", codec="none", seed=1, steps=(0, 10)),
        result("c", codec="randk:0.1"),
        PointResult("d", absent.description, absent.status, None),
        result("e", "failed: Diverged: node 0", codec="sign", seed=1, steps=()),
    ]


def printed(shown):
    console = Console(file=io.StringIO(), width=120)
    console.print(shown)
    return [line.split() for line in console.file.getvalue().splitlines()]


def test_the_table_has_a_row_for_each_run_over_its_seeds(results):
    heading, _, first, second, third, *caption = printed(summary_table(results))
    assert " ".join(heading) == "run seeds upper loss consensus x MB per node wall (s)"
    mean, error = (1 / 21 + 1 / 11) / 2, (1 / 11 - 1 / 21) / 2  # s/√2 of two values is half their difference
    assert first[:2] == ["uncompressed", "2"]
    assert float(first[2]) == pytest.approx(mean, abs=1e-3)
    assert float(first[4]) == pytest.approx(error, abs=1e-3)
    assert [float(cell) for cell in first[5:]] == [
        0.015,
        15.0,
        7.5,
    ]  # MB: the mean over nodes 0, 1, 2 and two runs
    assert second == ["randk:0.1", "1", "0.04762", "0.02", "20", "10"]
    assert third == ["sign", "0,", "1", "diverged"]
    assert " ".join(caption[0]) == "figures at the end: mean ± standard error over seeds"


def test_a_mean_over_seeds_says_how_many_have_diverged(results, traced):
    diverged = traced(codec="none", seed=2, steps=(0,))
    lost = PointResult("f", diverged.description, "failed: Diverged: node 1", diverged)
    (_, _, first, *_), (_, _, alone, *_) = (
        printed(summary_table([*results, lost])),
        printed(summary_table(results)),
    )
    assert first == ["uncompressed", "2,", "1", "diverged", *alone[2:]]


def test_what_is_not_completed_has_a_line_for_each_reason(results):
    other = PointResult("f", results[4].description, "failed: Diverged: node 3", None)
    assert shortfall([*results, results[3], other]) == [
        "2 of 7 points: not run",
        "2 of 7 points: diverged",
    ]
    assert shortfall(results[:3]) == []


def test_a_sweep_without_a_completed_run_has_a_table(results):
    assert printed(summary_table(results[3:4]))[0] == ["run", "seeds"]
    assert printed(summary_table(results[3:]))[2][-3:] == ["0,", "1", "diverged"]


def test_columns_are_what_differs_and_the_figures_at_the_end(results):
    found = summary_columns(results)
    assert [*found][:4] == ["point", "status", "seed", "codec"]
    assert found["status"].tolist() == [result.status for result in results]
    assert found["codec"].tolist() == ["none", "none", "randk:0.1", "sign", "sign"]
    nan = math.nan
    np.testing.assert_array_equal(found["step"], [20, 10, 20, nan, nan])
    np.testing.assert_array_equal(found["bytes_sent"], [20e6, 10e6, 20e6, nan, nan])
    np.testing.assert_allclose(found["upper_loss"], [1 / 21, 1 / 11, 1 / 21, nan, nan], rtol=1e-15)


def test_files_hold_the_same(results, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    text, binary = write_summary(results, tmp_path)
    assert (text.name, binary.name) == ("summary.csv", "summary.parquet")
    expected = summary_columns(results)
    with text.open(newline="") as file:
        rows = list(csv.DictReader(file))
    held = parquet.read_table(binary).to_pydict()
    assert [*held] == [*rows[0]] == [*expected]
    for name, values in expected.items():
        as_read = [values.dtype.type(row[name]) for row in rows]
        np.testing.assert_array_equal(as_read, values)
        np.testing.assert_array_equal(held[name], values)


def test_without_pyarrow_there_is_the_csv(results, tmp_path, monkeypatch):
    monkeypatch.setattr("p2pbo.extras.find_spec", lambda name: None)
    assert [path.name for path in write_summary(results, tmp_path)] == ["summary.csv"]


def test_a_trace_is_read_once(results, monkeypatch):
    looks = []
    last = Trace.last.fget
    monkeypatch.setattr(Trace, "last", property(lambda trace: looks.append(trace) or last(trace)))
    summary_table(results)
    summary_columns(results)
    assert len(looks) == len({id(trace) for trace in looks}) == 4
