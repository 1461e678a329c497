"""Theory against measurement: fits of known slopes, verdicts, points that are kept, the page made of them."""

import json
import re

import numpy as np
import pytest
from theory import measures
from theory.cache import Cache, measure_missing
from theory.claims import Claim, Finding, Rule, Section, Verdict, judge
from theory.experiments import SECTIONS
from theory.fits import Fit, fit_power
from theory.measures import gap, largest_step, last, mixing_matrix, steps_to
from theory.page import write_page
from theory.points import Point

import p2pbo

CLAIMS = [claim for section in SECTIONS for claim in section.claims]
RING = {"topology": "ring", "nodes": 8}
RUN = {"problem": "quadratic", "algorithm": "sparkle-gt", **RING, "steps": 40, "log_every": 10}


def test_an_interval_holds_the_slope_as_often_as_it_says():
    draws, x = np.random.default_rng(0), np.array([1.0, 2, 4, 8, 16])
    noise = 0.3 * draws.standard_normal((400, 5))
    fits = [fit_power(x, 3 * x**-1.5 * np.exp(row)) for row in noise]
    assert 0.92 < np.mean([low <= -1.5 <= high for low, high in (fit.interval for fit in fits)]) < 0.98
    assert abs(np.mean([fit.slope for fit in fits]) + 1.5) < 0.03


def test_a_power_law_is_found_to_rounding():
    fit = fit_power([1, 10, 100], [7, 0.7, 0.07])
    assert fit.slope == pytest.approx(-1) and fit.half_width < 1e-9 and fit.at(10) == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("slope", "half_width", "predicted", "bound", "verdict"),
    [
        (1.9, 0.1, 2, False, Verdict.AGREES),
        (1.8, 0.06, 2, False, Verdict.AGREES),  # 0.14 outside the interval
        (1.8, 0.04, 2, False, Verdict.DIFFERS),  # 0.16 outside
        (2.2, 0.04, 2, True, Verdict.DIFFERS),  # a bound that is broken
        (1.2, 0.04, 2, True, Verdict.BELOW),
        (-0.5, 0.1, -1, True, Verdict.BELOW),
        (2.0, 0.6, 2, False, Verdict.OPEN),
        (2.0, float("nan"), 2, False, Verdict.OPEN),
    ],
)
def test_verdicts_follow_the_rule(slope, half_width, predicted, bound, verdict):
    assert judge(Fit(slope, half_width, 0.0), predicted, bound) is verdict


def test_what_is_to_vanish_has_no_point_above_rounding():
    claim = Claim("a", "", "", "", "", (), rule=Rule.VANISHES)
    assert Finding(claim, {1.0: [1e-30], 2.0: [1e-26]}).verdict is Verdict.AGREES
    assert Finding(claim, {1.0: [1e-30], 2.0: [1e-20]}).verdict is Verdict.DIFFERS


def test_measured_points_are_kept_and_others_forgotten(tmp_path, monkeypatch):
    measured = []
    monkeypatch.setattr(Point, "measured", lambda point: measured.append(point.x) or [2 * point.x])
    points = [Point(x, "floor", {"steps": x}) for x in (1.0, 2.0)]
    path = tmp_path / "a.json"
    measure_missing(Cache(path), points[:1], "a")
    measure_missing(Cache(path), points, "a")
    assert measured == [1.0, 2.0] and Cache(path).values(points[1]) == [4.0]
    held = json.loads(path.read_text())
    assert [entry["point"]["settings"]["steps"] for entry in held] == [1.0, 2.0]
    measure_missing(Cache(path), points[1:], "a")
    assert Cache(path).values(points[0]) is None and len(measured) == 2


def test_the_page_says_what_the_points_say(tmp_path):
    points = tuple(Point(x, "floor", {"steps": x}) for x in (1.0, 2.0, 4.0))
    claims = (
        Claim("a", "it falls", "Somebody.", "x", "y", points, -1),
        Claim("b", "not run", "", "x", "y", points),
    )
    for point in points:
        Cache(tmp_path / "a.json").keep(point, [1 / point.x, 3 / point.x])
    page = write_page([Section("s", "Title", "How.", claims)], tmp_path, tmp_path).read_text()
    assert "| it falls | −1 | −1.00 (−1.00 to −1.00) | **agrees** |" in page
    assert "not run." in page.partition("## Not measured yet")[2] and (tmp_path / "theory" / "s.png").exists()
    Cache(tmp_path / "a.json").keep(points[0], [20.0, 20.0])
    assert "−1.00 (" not in write_page([Section("s", "T", "H.", claims)], tmp_path, tmp_path).read_text()


def test_lazier_weights_have_the_share_of_the_gap():
    assert gap(RING) == pytest.approx((2 - 2 * np.cos(np.pi / 4)) / 3)
    assert gap({**RING, "share": 0.25}) == pytest.approx(gap(RING) / 4)
    np.testing.assert_allclose(mixing_matrix({**RING, "share": 0.25}).sum(0), 1)


def test_steps_are_counted_to_the_first_rows_that_are_low_on_average():
    norms = np.array(p2pbo.run(**RUN, seed=0, exact="on").values("hypergradient_norm"))
    squares = (norms[1:] ** 2 + norms[:-1] ** 2) / 2
    assert steps_to(RUN, range(1), target=float(np.sqrt(squares[2])), rows=2) == [30]
    with pytest.raises(RuntimeError, match="has not reached"):
        steps_to(RUN, range(1), target=1e-9, rows=2)


def test_the_transient_ends_where_both_floors_are_equal(monkeypatch):
    def at(step, given, *more, **method):
        return 5 * step if given["topology"] == "complete" else 20 * step**2

    monkeypatch.setattr(measures, "_floor_at", at)
    assert measures.transient(RING, range(2), (0.01, 0.02), (0.04, 0.08)) == pytest.approx([16])


def test_the_last_row_counts_where_there_is_no_noise():
    values = np.arange(4.0)
    assert list(last(values, 0.5)) == [2, 3] and list(last(values, 0.0)) == [3]


def test_the_largest_step_is_the_first_of_falling_ones_that_is_stable():
    given = {**RUN, "settings": {"theta": 1.0, "batch": "all"}, "steps": 200, "log_every": 20}
    given |= {"asynchronous": "on", "compute_time": "1ms"}
    early, late = (largest_step(given, range(1), late, most=8.0, ratio=2.0) for late in (0.1, 4.0))
    assert 8.0 > early[0] > late[0] > 0.01


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_every_claim_has_a_source_and_points_that_can_be_fitted(claim):
    assert claim.source and len({point.x for point in claim.points}) == len(claim.points) >= 4
    assert re.fullmatch("[a-z-]+", claim.name)
    assert json.loads(json.dumps([point.described for point in claim.points]))
