"""Codecs and slow nodes in the benchmark: who competes, with which step sizes, and what is said of it."""

import math
from dataclasses import replace
from pathlib import Path

import benchmark.scaling
import benchmark.tuning
import benchmark.work
import pytest
from benchmark.budgets import Budget
from benchmark.cells import portable
from benchmark.comparisons import COMPARISONS, Comparison, compared, held_against, ranked
from benchmark.conditions import SLOW_RING, Condition, on
from benchmark.measuring import SPENT, first_run, measure
from benchmark.scaling import _place, scale
from benchmark.scores import Contest
from benchmark.work import advance
from small_case import TWO, bench, cell, names, small_case, targets_of

from p2pbo.runner.tuning.parameter import Choices

ONE = Budget(1, 1, ("ring",))


@pytest.fixture
def case():
    return small_case()


def test_the_best_that_are_not_refused_compete_under_all_conditions(tmp_path, monkeypatch):
    conditions = {
        "sign": Condition("ring, sign", "ring", {"codec": "sign"}),
        "exact": Condition("ring, exact", "ring"),
    }
    comparison = Comparison("codec", "Codecs", ("steps",), (), "exact", conditions)
    monkeypatch.setattr(benchmark.tuning, "SEARCHES", 1)
    monkeypatch.setattr(benchmark.work, "COMPARISONS", [comparison])
    entrants = [replace(one, space=dict.fromkeys(one.space, Choices((0.1,)))) for one in TWO]
    case = replace(small_case(entrants), steps=30)
    work = bench(case, tmp_path, ONE)
    assert advance([work], 1000.0, lambda line: None)
    assert set(work.held.scaled) == {
        ("d-soba", "ring"),
        ("sparkle-ed", "ring"),
        ("d-soba", "ring, sign"),
        ("d-soba", "ring, exact"),
        ("sparkle-ed", "ring, sign"),
    }
    assert work.held.cells["sparkle-ed", "ring, sign", 1].refusal.startswith("codec sign")
    (*_, last) = compared(comparison, case, work.held)
    assert set(last.costs) == {"d-soba, sign", "d-soba, exact"}
    assert names(bench(case, tmp_path, ONE)) == []
    monkeypatch.setattr(benchmark.scaling, "BASE", 2.0)
    assert [name for name in names(bench(case, tmp_path, ONE)) if "factor" not in name] == []
    assert len(names(bench(case, tmp_path, ONE))) == 5


def contest(**of_methods):
    costs = {name.replace("_", ", "): dict.fromkeys(SPENT, cost) for name, cost in of_methods.items()}
    return Contest(small_case(), "ring", 0.9, costs, dict.fromkeys(costs, 0.0))


def test_who_is_near_the_best_most_often_comes_first():
    found = [
        contest(one=10.0, two=14.0, three=11.0, four=math.inf),
        contest(one=math.inf, two=10.0, three=16.0),
    ]
    assert ranked(found, ["steps"]) == ["two", "three", "one"]


def test_methods_are_held_against_themselves():
    comparison = replace(COMPARISONS[0], against="plain")
    found = [
        contest(one_plain=10.0, one_sign=20.0, two_plain=10.0, two_sign=math.inf, three_plain=1.0),
        contest(one_plain=10.0, one_sign=40.0, two_plain=math.inf, two_sign=1.0),
    ]
    targets, share, medians = held_against(comparison, "sign", found)
    assert (targets, share, medians["steps"]) == (3, 2 / 3, 3.0)
    assert math.isnan(held_against(comparison, "sign", [])[1])


@pytest.mark.parametrize(
    ("beta", "factor"),
    [(0.02, 9.0), (0.2, 1.0), (5.0, 1 / 27), (1e9, 1 / 729)],
    ids=["low", "right", "high", "far"],
)
def test_step_sizes_grow_or_fall_as_long_as_that_gets_further(case, beta, factor, monkeypatch):
    def distance(cell, targets):
        assert cell.settings["algorithm.eta"] == 0.5  # no step size
        return (abs(math.log(cell.settings["algorithm.beta1"] / 0.2)),)

    monkeypatch.setattr(benchmark.scaling, "_place", distance)
    settings = {"algorithm.beta1": beta, "algorithm.eta": 0.5}
    found = scale([replace(cell(case, "mdbo"), settings=settings)], targets_of(0.0))
    assert found.factor == pytest.approx(factor, rel=1e-4)


def test_the_worse_of_two_seeds_counts(case, monkeypatch):
    """One bears a step of 2 and no more, the other one of 0.3."""
    most = {0: 2.0, 100: 0.3}

    def place(cell, targets):
        step = cell.settings["algorithm.alpha"]
        return (-step if step <= most[cell.seed] else step,)

    monkeypatch.setattr(benchmark.scaling, "_place", place)
    one = cell(case, "d-soba", **{"algorithm.alpha": 1.0})
    for seeds, factor in (((0,), 1.0), ((100,), 1 / 9), ((0, 100), 1 / 9)):
        found = scale([replace(one, seed=seed) for seed in seeds], targets_of(0.0))
        assert found.factor == pytest.approx(factor, rel=1e-4)


def test_further_is_a_target_more_then_fewer_steps_then_a_later_end(case):
    good, slow, far = (cell(case, "sparkle-gt", **{"algorithm.alpha": alpha}) for alpha in (0.3, 0.03, 500.0))
    goal = targets_of(measure(good, targets_of(0.0)).value)
    places = [_place(one, goal) for one in (good, slow, far)]
    assert sorted(places) == places
    assert _place(cell(case, "sparkle-ed", "one-peer-exponential"), goal) > places[-1]  # it is refused


def test_the_slow_ring_is_the_ring_and_ten_times_slower(case):
    under = Condition("slow", SLOW_RING, {"asynchronous": "off"})
    slow, plain = (replace(cell(case, "sparkle-gt"), condition=one) for one in (under, on("ring")))
    one, other = (first_run(some, targets_of(0.0))[0] for some in (slow, plain))
    assert (one.values("hyper_objective") == other.values("hyper_objective")).all()
    assert one.values("modelled_time")[-1] == pytest.approx(10 * other.values("modelled_time")[-1], rel=0.02)
    assert slow.key({}) != plain.key({})
    assert f"{Path(SLOW_RING).parent}" not in str(portable(slow.description(), Path("data")))
