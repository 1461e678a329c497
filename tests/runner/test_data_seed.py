"""Runs on one draw of the data: ``data_seed`` makes the problem, ``seed`` the run."""

import numpy as np
import pytest

import p2pbo
from p2pbo.problems import PROBLEMS, ProblemContext


def quadratic(**given):
    return p2pbo.run(**{"problem": "quadratic", "nodes": 4, "steps": 6, "settings": {"batch": 8}, **given})


def test_a_data_seed_that_is_the_seed_changes_nothing():
    one, other = quadratic(seed=3), quadratic(seed=3, data_seed=3)
    np.testing.assert_array_equal(one.final.x, other.final.x)
    assert "data_seed" not in one.description
    assert other.description["data_seed"] == 3


def test_runs_on_the_same_data_differ_by_what_they_draw():
    one, other, elsewhere = (
        quadratic(seed=seed, data_seed=data_seed) for seed, data_seed in ((0, 5), (1, 5), (0, 6))
    )
    start = [run.values("upper_loss")[0] for run in (one, other, elsewhere)]
    assert start[0] == start[1] != start[2]
    assert (one.final.x != other.final.x).any()


def test_the_graph_is_of_the_run_s_seed():
    """A network is none of the problem's data."""
    one, same, other = (
        quadratic(seed=seed, data_seed=data_seed, topology="er:0.5", nodes=9, steps=0)
        for seed, data_seed in ((0, 5), (0, 6), (1, 5))
    )
    edges = [
        sorted(zip(run.values("edge_source"), run.values("edge_target"), strict=True))
        for run in (one, same, other)
    ]
    assert edges[0] == edges[1] != edges[2]


def test_a_problem_in_python_has_no_data_to_draw():
    problem = PROBLEMS.make("quadratic", ProblemContext(4))
    with pytest.raises(
        p2pbo.InputError, match="data_seed 1 draws nothing of a problem that is a Python object"
    ):
        p2pbo.run(problem=problem, data_seed=1)
