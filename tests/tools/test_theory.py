"""Theory against measurement: fits of known slopes, verdicts, points that are kept, the page made of them."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from theory import measures
from theory.cache import Cache, measure_missing
from theory.claims import Claim, Finding, Rule, Section, Verdict, judge
from theory.experiments import SECTIONS
from theory.experiments.heterogeneity import HETEROGENEITY
from theory.fits import Fit, fit_power
from theory.measures import gap, largest_step, last, mixing_matrix, steps_to
from theory.page import write_page
from theory.points import Point

import p2pbo
from p2pbo.problems.catalogue import quadratic
from p2pbo.problems.catalogue.quadratic import draw_coefficients

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


LARGE, SMALL = Rule.BOUND_FOR_LARGE_X, Rule.BOUND_FOR_SMALL_X


@pytest.mark.parametrize(
    ("slope", "half_width", "predicted", "rule", "verdict"),
    [
        (1.9, 0.1, 2, Rule.SLOPE, Verdict.AGREES),
        (1.8, 0.06, 2, Rule.SLOPE, Verdict.AGREES),  # 0.14 outside the interval
        (1.8, 0.04, 2, Rule.SLOPE, Verdict.DIFFERS),  # 0.16 outside
        (1.8, 0.04, 2, LARGE, Verdict.BELOW),
        (2.2, 0.04, 2, LARGE, Verdict.DIFFERS),
        (1.8, 0.04, 2, SMALL, Verdict.DIFFERS),
        (2.2, 0.04, 2, SMALL, Verdict.BELOW),
        (-1.5, 0.1, -1, LARGE, Verdict.BELOW),
        (-0.5, 0.1, -1, LARGE, Verdict.DIFFERS),
        (-0.5, 0.1, -1, SMALL, Verdict.BELOW),
        (2.1, 0.04, 2, SMALL, Verdict.AGREES),
        (2.0, 0.6, 2, Rule.SLOPE, Verdict.OPEN),
        (2.0, float("nan"), 2, Rule.SLOPE, Verdict.OPEN),
    ],
)
def test_verdicts_follow_the_rule(slope, half_width, predicted, rule, verdict):
    assert judge(Fit(slope, half_width, 0.0), predicted, rule) is verdict


@pytest.mark.parametrize(("rule", "far"), [(LARGE, 1e9), (SMALL, 1e-9)])
@pytest.mark.parametrize("slope", [-2.0, -0.5, 0.5, 2.0])
def test_bounds_are_judged_by_where_they_lead(rule, far, slope):
    """Whatever C of the bound C x: far away y is below it, or it is broken."""
    y = fit_power([1, 2, 4], [3 * x**slope for x in (1, 2, 4)])
    below = y.at(far) < 1e-3 * far
    assert judge(y, 1.0, rule) is (Verdict.BELOW if below else Verdict.DIFFERS)


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


@pytest.mark.parametrize(("equal", "floor"), [(True, 1e-24), (False, 1e-6)])
def test_nodes_whose_hessians_are_equal_have_no_floor(equal, floor, monkeypatch):
    def drawn(*given):
        held = draw_coefficients(*given)
        mean = {
            name: np.broadcast_to(getattr(held, name).mean(0), getattr(held, name).shape) for name in "AB"
        }
        return replace(held, **mean) if equal else held

    monkeypatch.setattr(quadratic, "draw_coefficients", drawn)
    (point,) = (point for point in HETEROGENEITY.claims[2].points if point.x == 0.4)
    (found,) = measures.floor({**point.settings, "steps": 4000}, range(1), **point.options)
    assert (found < floor) is equal


def test_late_gradients_bear_the_steps_that_the_page_says():
    for late in range(6):
        steps = 2 * np.sin(np.pi / (4 * late + 2)) * np.array([0.999, 1.001])
        largest = [
            max(abs(np.roots([1, -1, *[0] * (late - 1), step] if late else [1, step - 1]))) for step in steps
        ]
        assert largest[0] < 1 < largest[1]


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
