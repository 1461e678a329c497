"""Every registered problem in a small form, and the pieces that its property tests share."""

import numpy as np

from p2pbo.problems import PROBLEMS, Instance
from p2pbo.randomness import keys, subsets

NODES = 4
CLASSES = {"samples": 160, "features": 6, "classes": 3}

SMALL = {name: (name, {"data": "synthetic", "data_options": CLASSES}) for name in PROBLEMS}
SMALL |= {
    f"logreg-hpo, {classes} classes, {partition}": (
        "logreg-hpo",
        {"data": "synthetic", "data_options": {**CLASSES, "classes": classes}, "partition": partition},
    )
    for classes, partition in ((2, "size"), (10, "iid"), (3, "dirichlet:0.3"))
}
"""Test id → (name, instance)."""


def small(case, nodes=NODES, seed=0, **options):
    name, instance = SMALL[case]
    return PROBLEMS.make(name, Instance(nodes, seed, **instance), **options)


def hosted(problem, dtype=np.float64, nodes=None):
    return problem.host(range(len(problem.nodes)) if nodes is None else nodes, np.dtype(dtype))


def rows_of(problem, seed=0, scale=1.0):
    """Random X, Y and V: one row per node."""
    draw = np.random.default_rng(seed)
    dims = (problem.dim_x, problem.dim_y, problem.dim_y)
    return tuple(scale * draw.standard_normal((len(problem.nodes), dim)) for dim in dims)


def batch(counts, size, seed=0):
    """Rows without replacement, ``size`` per node."""
    return subsets(keys(seed, "test batch", np.arange(len(counts))), counts, size)


def dot(a, b):
    """⟨a_i, b_i⟩ of every node."""
    return (a * b).sum(axis=1)
