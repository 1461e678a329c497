"""Every number of the benchmark comes from a trace: cells that are run again cost what is cached, and pages say so."""

import json
import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from benchmark.advice import advised
from benchmark.budgets import BUDGETS
from benchmark.cache import CaseFile
from benchmark.case_page import case_page
from benchmark.cases import CASES
from benchmark.cells import significant
from benchmark.comparisons import COMPARISONS
from benchmark.conditions import on
from benchmark.measuring import SPENT, Measured, measure
from benchmark.pages import Found, write_pages
from benchmark.scaling import BASE, REACH
from benchmark.scores import Contest, costs, profile, runs_diverged, share_diverged, share_within
from benchmark.work import Bench

ROOT = Path(__file__).parents[2]
CACHE = ROOT / "runs" / "benchmark"
PAGES = ROOT / "docs" / "benchmark"
MEASURED = [path.stem for path in sorted(CACHE.glob("*.json")) if CaseFile.read(path).is_measured()]
RERUN = sorted({"quadratic", "a9a"} & {CASES[name].problem for name in MEASURED})
CONDITIONS = {one.name: one for comparison in COMPARISONS for one in comparison.conditions.values()}


def cheapest(problem):
    """Three cells that have been soonest at their first target, each of another method, and one of a comparison."""
    files = [CaseFile.read(CACHE / f"{name}.json") for name in MEASURED if CASES[name].problem == problem]
    arrived = sorted(
        (cell.levels[0][0], place, file.path.stem)
        for file in files
        for place, cell in file.cells.items()
        if cell.levels[0] is not None
    )
    plain = {place[0]: (name, place) for _, place, name in reversed(arrived) if place[1] not in CONDITIONS}
    others = [(name, place) for _, place, name in arrived if place[1] in CONDITIONS]
    by_steps = [(name, place) for _, place, name in arrived if plain.get(place[0]) == (name, place)]
    return [*by_steps[:3], *others[:1]]


@pytest.mark.parametrize("problem", RERUN)
def test_cells_cost_again_what_is_cached(problem):
    assert cheapest(problem)
    for name, (method, condition, seed) in cheapest(problem):
        case, held = CASES[name], CaseFile.read(CACHE / f"{name}.json")
        (entrant,) = (one for one in case.entrants if one.name == method)
        bench = Bench(case, BUDGETS["full"], held, Path("data"), Path("out"))
        cell = bench.cell(entrant, CONDITIONS.get(condition, on(condition)), seed)
        targets = held.targets
        first = replace(targets, shares=targets.shares[:1], values=targets.values[:1])
        again, cached = measure(cell, first), held.cells[method, condition, seed]
        spent = [np.array(levels[0], dtype=float) for levels in (again.levels, cached.levels)]
        np.testing.assert_allclose(*spent, rtol=1e-5)  # NaN: it does not arrive on these links


def test_no_best_setting_is_on_the_edge_of_its_range():
    found = [CaseFile.read(path) for path in CACHE.glob("*.json")]
    assert not {
        (file.path.stem, name): one.edges for file in found for name, one in file.tuned.items() if one.edges
    }


def test_no_factor_of_step_sizes_is_on_the_edge_of_its_range():
    found = [CaseFile.read(path) for path in CACHE.glob("*.json")]
    edges = {significant(BASE**exponent) for exponent in (-REACH, REACH)}
    assert not {
        (file.path.stem, *place)
        for file in found
        for place, one in file.scaled.items()
        if one.factor in edges
    }


def measured(*levels):
    return Measured("", "reached", 0.0, [None if level is None else [level] * len(SPENT) for level in levels])


def test_a_method_arrives_if_all_its_seeds_do():
    cells = [measured(10.0, 20.0), measured(30.0, None)]
    assert costs(cells, 0) == dict.fromkeys(SPENT, 20.0)
    assert costs(cells, 1) == dict.fromkeys(SPENT, math.inf)


def test_a_run_that_arrives_and_diverges_after_that_counts_as_both():
    one, other = measured(10.0, None), measured(10.0, None)
    cells = [replace(one, ended="diverged"), other, replace(other, ended="refused: why")]
    assert costs(cells[:2], 0) == dict.fromkeys(SPENT, 10.0)
    assert share_diverged(cells) == 0.5
    assert math.isnan(share_diverged(cells[2:]))


def test_runs_diverge_in_contests_that_nobody_wins_too():
    found = [contest(one=math.inf), contest(one=1.0), contest(one=1.0), contest(two=1.0)]
    shares = ({"one": 1.0}, {"one": 0.2}, {"one": math.nan}, {"two": 1.0})
    found = [replace(one, diverged=share) for one, share in zip(found, shares, strict=True)]
    assert runs_diverged(found, "one") == 0.6
    assert math.isnan(runs_diverged(found[2:], "one"))


def contest(case="quadratic-equal", **of_methods):
    every = {method: dict.fromkeys(SPENT, cost) for method, cost in of_methods.items()}
    return Contest(CASES[case], "ring", 0.9, every, dict.fromkeys(every, 0.0))


def test_profiles_count_contests_that_somebody_has_won():
    found = [
        contest(one=10.0, two=15.0),
        contest(one=40.0, two=20.0),
        contest(one=math.inf, two=7.0),
        contest(one=math.inf, two=math.inf),
    ]
    assert profile(found, "one", "steps") == ([1.0, 2.0], [1 / 3, 2 / 3])
    assert profile(found, "two", "steps") == ([1.0, 1.0, 1.5], [1 / 3, 2 / 3, 1.0])
    assert share_within(found, "one", "steps", 1.5) == 1 / 3
    assert math.isnan(share_within(found, "three", "steps", 100.0))
    assert math.isnan(share_within(found[3:], "one", "steps", 1.0))
    assert share_within([*found, contest(two=1.0)], "one", "steps", 1.5) == 1 / 3


def test_there_is_advice_where_a_method_is_near_the_best_on_two_problems():
    one_problem = [contest(one=10.0, two=15.1)] * 4
    both = [*one_problem[:3], contest("a9a-iid", one=20.0, two=10.0)]
    assert advised(one_problem, "steps", "").take == []
    found = advised(both, "steps", "")
    assert (found.take, found.contests, found.problems) == ([("one", 0.75)], 4, ["a9a", "quadratic"])
    assert advised([], "steps", "").take == []
    elsewhere = [*both, contest("a9a-dirichlet", two=11.0, three=10.0)]
    assert [name for name, _ in advised(elsewhere, "steps", "").take] == ["one"]  # three: of one problem


@pytest.mark.parametrize("name", MEASURED)
def test_the_page_of_a_case_has_the_means_of_its_cells(name):
    held = CaseFile.read(CACHE / f"{name}.json")
    page = case_page(CASES[name], held)
    for topology in held.asked["topologies"]:
        part = page.partition(f"## On {topology}\n")[2].partition("\n## ")[0]
        lines = [line for line in part.splitlines() if line.startswith("| `")]
        rows = {line.split("`")[1]: re.findall(r"[\d.e+-]+%?|–", line.split("`")[2]) for line in lines}
        for method, shown in rows.items():
            cells = [
                cell for (who, where, _), cell in held.cells.items() if (who, where) == (method, topology)
            ]
            if not cells or not shown:
                continue
            levels = [costs(cells, number) for number in range(len(held.targets.shares))]
            expected = [level[cost] for cost in SPENT for level in levels]
            *shown, diverged = shown
            assert [float(f"{value:.3g}") if math.isfinite(value) else "–" for value in expected] == [
                value if value == "–" else float(value) for value in shown
            ]
            ends = [cell.ended for cell in cells if "refused" not in cell.ended]
            assert diverged == (f"{ends.count('diverged') / len(ends):.0%}" if ends else "–")


def test_the_pages_are_what_the_figures_give():
    texts = Found.read(CACHE).texts()
    assert {name: (PAGES / name).read_text() for name in texts} == texts, "tools/benchmark --pages-only"
    pages = {path.name for path in PAGES.glob("*.md")} - {"discussion.md"}
    assert pages == {name for name in texts if name.endswith(".md")}


def test_pages_profiles_and_json_are_written_where_there_are_figures(tmp_path):
    (tmp_path / "discussion.md").write_text("by hand")
    write_pages(CACHE, tmp_path)
    assert (tmp_path / "discussion.md").read_text() == "by hand"
    written = {path.name for path in tmp_path.iterdir()}
    assert {"index.md", "profile.png", "profiles-shared.png", "quadratic-equal.md"} <= written
    rows = json.loads((tmp_path / "benchmark.json").read_text())
    held = CaseFile.read(CACHE / f"{rows[0]['case']}.json")
    assert set(rows[0]["costs"]) == {
        method for method, condition, _ in held.cells if condition == rows[0]["where"]
    }
    write_pages(tmp_path / "empty", tmp_path / "none")
    assert not (tmp_path / "none").exists()
