"""What a registered problem draws by the seed of its data, and what by that of the run."""

from dataclasses import replace

import numpy as np
import pytest
from problem_examples import SMALL, hosted, rows_of

from p2pbo.problems import PROBLEMS, ProblemContext


def made(name, seed, run_seed=None):
    _, instance, settings = SMALL[name]
    return PROBLEMS.make(name, ProblemContext(3, seed, **instance, run_seed=run_seed), **settings)


@pytest.mark.parametrize("name", list(PROBLEMS))
def test_the_run_s_seed_draws_the_start_and_nothing_of_the_problem(name):
    data, run, both = made(name, 1), made(name, 2), made(name, 1, run_seed=2)
    np.testing.assert_array_equal(both.x.start, run.x.start)
    np.testing.assert_array_equal(both.y.start, run.y.start)
    X, Y, _ = rows_of(both)
    for found, expected in zip(hosted(both).losses(X, Y), hosted(data).losses(X, Y), strict=True):
        np.testing.assert_array_equal(found, expected)
    assert (hosted(both).losses(X, Y)[0] != hosted(run).losses(X, Y)[0]).any()


def test_without_a_seed_of_the_run_the_start_is_of_the_problem_s():
    context = ProblemContext(3, seed=4)
    same = replace(context, run_seed=4)
    assert context.start_generator("start").random() == same.start_generator("start").random()
