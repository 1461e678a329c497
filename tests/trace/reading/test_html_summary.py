"""What a notebook shows for a trace."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

import p2pbo
from p2pbo.trace import Header, TraceWriter
from p2pbo.trace.reading.html_summary import sparkline


def shown(trace):
    """The HTML of a trace, which is well-formed XML, as an element."""
    return ElementTree.fromstring(trace._repr_html_())


@pytest.fixture(scope="module")
def trace():
    return p2pbo.run(problem="quadratic", algorithm="d-soba", nodes=4, steps=30)


def test_the_run_and_its_last_values_are_in_tables(trace):
    rows = {row[0].text: row[1].text for row in shown(trace).iter("tr")}
    assert (rows["algorithm"], rows["problem"], rows["nodes"]) == ("d-soba", "quadratic", "4")
    assert float(rows["upper_loss"]) == pytest.approx(trace.values("upper_loss")[-1], rel=1e-5)
    assert re.fullmatch(r"[\d.e-]+ s", rows["wall_time"])


def test_the_curve_goes_from_the_first_to_the_last_logged_loss(trace):
    (line,) = shown(trace).iter("polyline")
    across, down = np.array([point.split(",") for point in line.get("points").split()], dtype=float).T
    loss = trace.values("upper_loss")
    assert len(across) == len(loss)
    np.testing.assert_array_equal(np.argsort(-down), np.argsort(loss))
    assert (across[0], across[-1]) == (3, 237)


def test_a_trace_without_rows_has_no_curve():
    header = Header({"algorithm": "<b>&mdbo"}, 1, 1, 1, 0, [], [], [], {})
    found = shown(TraceWriter(None, header).close("interrupted"))
    assert "interrupted" in found[0].text
    assert [cell.text for cell in found.iter("td")] == ["algorithm", "<b>&mdbo"]
    assert not list(found.iter("svg"))


def test_what_is_not_finite_is_left_out_of_a_curve():
    drawn = sparkline(np.arange(4), np.array([1.0, np.nan, np.inf, 2.0]), "a < b")
    assert re.search(r'points="3.0,45.0 237.0,3.0"', drawn)
    assert "a &lt; b" in drawn
    assert sparkline(np.arange(2), np.array([1.0, np.nan]), "") == ""


def test_a_long_curve_is_thinned_and_a_constant_one_is_level():
    points = re.findall(r"[\d.]+,([\d.]+)", sparkline(np.arange(10_000), np.ones(10_000), ""))
    assert set(points) == {"24.0"}
    assert len(points) == 240
