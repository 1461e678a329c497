"""Defaults that no paper at hand sets: on all shipped problems whose data are at hand the loss falls."""

import numpy as np
import pytest

import p2pbo
from p2pbo.algorithms import ALGORITHMS

SMALL = {"name": "synthetic", "samples": 400, "features": 6, "classes": 3}
ROWS = {"features": 6, "train": 60, "validation": 40, "test": 5}
KNOWN = {"steps": 200, "exact": "on"}
LEARNT = {"steps": 60, "exact": "off", "data": SMALL}
PROBLEMS = {
    "quadratic": KNOWN,
    "minimax": KNOWN,
    "logreg-hpo": LEARNT,
    "synthetic-linear": {**LEARNT, "problem": {"name": "synthetic-linear", **ROWS}},
    "data-cleaning": LEARNT,
    "hyper-representation": {**LEARNT, "problem": {"name": "hyper-representation", "hidden": 5}},
    "loss-tuning": LEARNT,
}
"""What is given for the runs on each problem; few-shot learning has data that are not in the package."""

CHOSEN = [name for name in ALGORITHMS if "not at hand" in ALGORITHMS.make(name).paper]
"""The presets whose defaults are not a paper's."""


CASES = [
    (problem, algorithm, topology)
    for problem in PROBLEMS
    for algorithm, topology in [*((name, "ring") for name in CHOSEN), ("fab", "directed-ring:3")]
    if (problem, algorithm) != ("loss-tuning", "interact")
]


def run(problem, algorithm, topology, **settings):
    given = {
        "problem": problem,
        **PROBLEMS[problem],
        "algorithm": algorithm,
        "topology": topology,
        "compute_time": "10ms",
        "nodes": 8,
    }
    level = ALGORITHMS.make(algorithm).lower_level
    settings = {"batch": "all", **settings}
    return p2pbo.run(**given, lower_level=level, settings=settings, log_every=given["steps"])


@pytest.mark.parametrize(("problem", "algorithm", "topology"), CASES)
def test_defaults_bring_the_loss_down(problem, algorithm, topology):
    """Φ(x̄) where the problem knows it, else the upper loss, by more than a twentieth."""
    trace = run(problem, algorithm, topology)
    losses = trace["hyper_objective" if PROBLEMS[problem] is KNOWN else "upper_loss"].values
    assert np.isfinite(trace.final.x).all()
    assert losses[-1] < 0.95 * losses[0]


def test_interact_needs_fewer_terms_where_the_linear_system_is_ill_conditioned():
    with pytest.raises(p2pbo.Diverged):
        run("loss-tuning", "interact", "ring")
    losses = run("loss-tuning", "interact", "ring", terms=3)["upper_loss"].values
    assert losses[-1] < 0.5 * losses[0]
