"""The loop body that all compositions share: which samples are drawn, where directions are evaluated, what is kept."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from stepping import assert_close, composition, final, quadratic, states, unequal_start

from p2pbo.algorithms.parts import Hypergradient


class Recorded(Hypergradient):
    """A hypergradient that notes what it is asked."""

    def __init__(self, inner):
        self._inner, self.sizes, self.evaluated = inner, [], []

    def draw(self, sampler, step, size):
        self.sizes.append((step, size))
        return self._inner.draw(sampler, step, size)

    def directions(self, oracles, point, sample):
        self.evaluated.append((point, sample))
        return self._inner.directions(oracles, point, sample)


def recorded(estimator, steps, **settings):
    problem = quadratic()
    method = composition(problem, estimator=estimator, **settings)
    recorder = Recorded(method.hypergradient)
    method = replace(method, hypergradient=recorder)
    return recorder, list(states(problem, method, steps, unequal_start(problem)))


def test_storm_evaluates_both_points_with_the_same_sample():
    recorder, passed = recorded("storm", 4, batch=5)
    assert len(recorder.evaluated) == 1 + 2 * 3
    for step in (1, 2, 3):
        now, before = recorder.evaluated[2 * step - 1 : 2 * step + 1]
        assert now[1] is before[1]
        for found, expected in ((now, passed[step]), (before, passed[step - 1])):
            for V, reference in zip(found[0], expected.point, strict=True):
                assert V is reference


@pytest.mark.parametrize("estimator", ["sgd", "momentum"])
def test_others_evaluate_one_point_a_step(estimator):
    recorder, passed = recorded(estimator, 4, batch=5)
    assert len(recorder.evaluated) == 4
    for (point, _), state in zip(recorder.evaluated, passed, strict=False):
        assert all(V is reference for V, reference in zip(point, state.point, strict=True))


@pytest.mark.parametrize(
    ("estimator", "settings", "first"),
    [
        ("storm", {"first_batch": 20}, 20),
        ("storm", {}, None),
        ("momentum", {}, 5),
    ],
)
def test_the_first_batch_is_the_first_steps_alone(estimator, settings, first):
    recorder, _ = recorded(estimator, 4, batch=5, **settings)
    assert recorder.sizes == [(0, first), (1, 5), (2, 5), (3, 5)]


@pytest.mark.parametrize("estimator", ["sgd", "momentum", "storm"])
def test_trackers_keep_the_average_estimate(estimator):
    problem = quadratic()
    method = composition(problem, estimator=estimator, mixing="tracking", batch=4)
    for state in list(states(problem, method, 40, unequal_start(problem)))[1:]:
        for variable in state.variables:
            (T,) = variable.carried
            assert_close([T.mean(0)], [variable.U.mean(0)])


@pytest.mark.parametrize("mixing", ["gossip", "tracking"])
def test_averages_move_along_the_average_estimate(mixing):
    """mean(V⁺) = mean(V) − ηβ mean(U), whatever W is: mixing neither adds nor loses anything."""
    problem = quadratic()
    method = composition(problem, mixing=mixing, eta=0.2, beta1=0.5, beta2=1.5, batch=4)
    passed = list(states(problem, method, 10, unequal_start(problem)))
    for before, after in pairwise(passed):
        for v, beta in enumerate((0.5, 1.5)):
            moved = before.variables[v].V.mean(0) - 0.2 * beta * after.variables[v].U.mean(0)
            assert_close([after.variables[v].V.mean(0)], [moved])


def test_a_step_leaves_the_old_state_as_it_was():
    problem = quadratic()
    passed = states(problem, composition(problem, "vrdbo", batch=4), 5, unequal_start(problem))
    kept = [(state, [V.copy() for V in state.point]) for state in passed]
    for step, (state, point) in enumerate(kept):
        assert state.step == step
        for V, copy in zip(state.point, point, strict=True):
            np.testing.assert_array_equal(V, copy)


def test_the_seed_decides_the_batches_alone():
    problem, start = quadratic(), unequal_start(quadratic())
    drawn, full = composition(problem, batch=4), composition(problem)
    again, once, other = (final(problem, drawn, 5, start, seed) for seed in (1, 1, 2))
    assert all((a == b).all() for a, b in zip(again, once, strict=True))
    assert not np.allclose(once[0], other[0])
    assert_close(final(problem, full, 5, start, 1), final(problem, full, 5, start, 2))
