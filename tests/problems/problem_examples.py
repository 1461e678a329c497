"""Every registered problem in a small form, and the pieces that its property tests share."""

import little_omniglot
import numpy as np

from p2pbo.problems import PROBLEMS, ProblemContext
from p2pbo.randomness import keys, subsets

NODES = 4
CLASSES = {"samples": 160, "features": 6, "classes": 3}
INSTANCE = {"data": "synthetic", "data_options": CLASSES}
ROWS = {"features": 6, "train": 20, "validation": 15, "test": 5}
TASKS = {"ways": 2, "queries": 2, "tasks": 4, "test_tasks": 3, "width": 3}
TINY = {"synthetic-linear": ROWS, "hyper-representation": {"hidden": 5}, "few-shot": TASKS}
INSTANCES = {"few-shot": {"data": little_omniglot.data(), "data_options": {"size": 16}}}

SMALL = {name: (name, INSTANCES.get(name, INSTANCE), TINY.get(name, {})) for name in PROBLEMS}
SMALL |= {
    f"logreg-hpo, {classes} classes, {partition}": (
        "logreg-hpo",
        {**INSTANCE, "data_options": {**CLASSES, "classes": classes}, "partition": partition},
        {},
    )
    for classes, partition in ((2, "size"), (10, "iid"), (3, "dirichlet:0.3"))
}
SMALL |= {
    f"{name}, unequal nodes": (name, {**INSTANCE, "partition": "size"}, TINY.get(name, {}))
    for name in ("hyper-representation", "data-cleaning", "loss-tuning")
}
SMALL["synthetic-linear, he2024"] = ("synthetic-linear", {}, {**ROWS, "variant": "he2024"})
SMALL["loss-tuning, mlp"] = ("loss-tuning", INSTANCE, {"network": "mlp", "hidden": 5, "imbalance": 0.5})
SMALL["few-shot, resnet12"] = (
    "few-shot",
    INSTANCES["few-shot"],
    {**TASKS, "network": "resnet12", "width": 8},
)
"""Test id → (name, instance, settings)."""


def small(case, nodes=NODES, seed=0, **options):
    name, instance, settings = SMALL[case]
    return PROBLEMS.make(name, ProblemContext(nodes, seed, **instance), **{**settings, **options})


def hosted(problem, dtype=np.float64, nodes=None):
    return problem.host(range(len(problem.nodes)) if nodes is None else nodes, np.dtype(dtype))


def rows_of(problem, seed=0, scale=1.0):
    """Random X, Y and V: one row per node."""
    draw = np.random.default_rng(seed)
    dims = (problem.dim_x, problem.dim_y, problem.dim_y)
    return tuple(scale * draw.standard_normal((len(problem.nodes), dim)) for dim in dims)


def below_start(problem, seed=0):
    """X less than 1 below the common start, where problems keep the promises they make for it."""
    draw = np.random.default_rng(seed)
    return problem.x.start - draw.random((len(problem.nodes), problem.dim_x))


def batch(counts, size, seed=0):
    """Rows without replacement, ``size`` per node."""
    return subsets(keys(seed, "test batch", np.arange(len(counts))), counts, size)


def dot(a, b):
    """⟨a_i, b_i⟩ of every node."""
    return (a * b).sum(axis=1)
