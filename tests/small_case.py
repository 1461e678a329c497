"""A case of the benchmark that takes seconds: quadratic losses of few entries, and two methods."""

from pathlib import Path

from benchmark.budgets import Budget
from benchmark.cache import CaseFile
from benchmark.cases import Case
from benchmark.cells import Cell
from benchmark.conditions import on
from benchmark.methods import SHARED, Entrant
from benchmark.targets import Targets
from benchmark.work import Bench

import p2pbo
from p2pbo.runner.tuning.parameter import Choices

FIELDS = {"problem": "quadratic", "problem.dim_x": 4, "problem.dim_y": 3, "algorithm.batch": 8}
ENTRANTS = {one.name: one for one in SHARED}
CHOICES = {"algorithm.alpha": Choices((0.05, 0.3, 2000.0)), "algorithm.beta": Choices((0.01, 0.3, 2000.0))}
BUDGET = Budget(2, 1, ("ring", "torus"))
TWO = tuple(
    Entrant(name, "", "", {"algorithm": name, "algorithm.gamma": 0.1}, CHOICES)
    for name in ("d-soba", "sparkle-ed")
)


def small_case(entrants=TWO):
    return Case(
        "small", "Small", "quadratic", 100, 1, FIELDS, equal=False, shares=(0.5, 0.9), entrants=entrants
    )


def bench(case, folder, budget=BUDGET):
    return Bench(case, budget, CaseFile.read(folder / "small.json"), Path("data"), folder / "out")


def names(bench):
    return [name for name, _ in bench.tasks()]


def cell(case, name, topology="ring", **settings):
    return Cell(case, ENTRANTS[name], settings, on(topology), 1, Path("data"))


def targets_of(value):
    start = p2pbo.run(problem={"name": "quadratic", "dim_x": 4, "dim_y": 3}, nodes=16, steps=1, exact="on")
    level = float(start.values("hyper_objective")[0])
    return Targets("hyper_objective", level, value, "", [0.5, 1.0], [level - 0.5 * (level - value), value])
