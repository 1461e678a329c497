"""The loop body that all compositions share: which samples are drawn, where directions are evaluated, what is kept."""

from types import SimpleNamespace

import numpy as np
import pytest
from stepping import (
    assembled,
    assert_close,
    final,
    oracles_and_sampler,
    quadratic,
    states,
    unequal_start,
)

from p2pbo.algorithms import PARTS, ComposedAlgorithm
from p2pbo.algorithms.parts import Hypergradient
from p2pbo.network import Network
from p2pbo.topology import build

AGREEING = {name for name in PARTS["mixing"] if not PARTS["mixing"][name].make.asynchronous} - {"local"}
"""The mixings that bring nodes to agree in rounds."""


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
    method = assembled(problem, estimator=estimator, **settings)
    recorder = Recorded(method.hypergradient)
    method = ComposedAlgorithm(recorder, method.rules, *method.batches)
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


@pytest.mark.parametrize("mixing", ["tracking", "atc-tracking"])
@pytest.mark.parametrize("estimator", list(PARTS["estimator"]))
def test_trackers_keep_the_average_estimate(estimator, mixing):
    problem = quadratic()
    method = assembled(problem, estimator=estimator, mixing=mixing, batch=4)
    for state in list(states(problem, method, 40, unequal_start(problem)))[1:]:
        for variable in state.variables:
            assert_close([variable.memory.T.mean(0)], [variable.U.mean(0)])


LATE = {"innovations-momentum", "error-feedback-late"}  # a step follows estimates of the steps before


@pytest.mark.parametrize("mixing", sorted(AGREEING - LATE))
def test_averages_move_along_the_average_estimate(mixing):
    """mean(V⁺) = mean(V) − ηβ mean(U), whatever W is: mixing neither adds nor loses anything."""
    problem = quadratic()
    method = assembled(problem, mixing=mixing, eta=0.2, beta1=0.5, beta2=1.5, batch=4)
    passed = list(states(problem, method, 10, unequal_start(problem)))
    moves = [v.V.mean(0) - passed[0].point[i].mean(0) for i, v in enumerate(passed[-1].variables)]
    for i, beta in enumerate((0.5, 1.5)):
        estimates = sum(state.variables[i].U.mean(0) for state in passed[1:])
        assert_close([moves[i]], [-0.2 * beta * estimates], relative=1e-11)


@pytest.mark.parametrize("mixing", sorted(AGREEING))
def test_mixing_alone_brings_agreement(mixing):
    """With a step size of next to nothing all nodes end at the average that they began with."""
    problem = quadratic()
    tiny = {"hypergradient": "tracked", "estimator": "sgd", "mixing": mixing, "beta1": 1e-13, "beta2": 1e-13}
    eta = 1.0 if mixing == "tracking" else 0.1
    start = unequal_start(problem, variables="xyz")
    *_, last = states(problem, assembled(problem, **tiny, beta3=1e-13, eta=eta), 600, start)
    for V, first in zip(last.point, start, strict=True):
        np.testing.assert_allclose(V, np.broadcast_to(first.mean(0), V.shape), atol=1e-9)


def test_what_is_known_before_the_oracles_is_sent_before_them():
    """Gossip, tracking and EXTRA overlap with the oracles; the others cannot."""
    problem = quadratic()
    oracles, sampler = oracles_and_sampler(problem)
    for mixing, rounds_before in {
        "gossip": 1,
        "extra": 1,
        "tracking": 1,
        "atc": 0,
        "ed": 0,
        "atc-tracking": 0,
    }.items():
        network = Network(build("ring", len(problem.nodes)))
        method = assembled(problem, mixing=mixing)
        posted = []
        recorder = Recorded(method.hypergradient)
        recorder.evaluated = SimpleNamespace(
            append=lambda _, n=network, p=posted: p.append(sum(n.rounds.values()))
        )
        method = ComposedAlgorithm(recorder, method.rules, *method.batches)
        method.step(method.start(unequal_start(problem)), network, oracles, sampler)
        assert posted == [rounds_before]
        assert sum(network.rounds.values()) == {"atc-tracking": 2}.get(mixing, 1)


def test_schedules_multiply_the_step():
    problem, start = quadratic(), unequal_start(quadratic())
    method = assembled(problem, "dsbo", steps=4, schedule="cosine")
    found = [rule.step(t) / rule.beta for rule in method.rules for t in range(4)]
    assert found == pytest.approx([0.5 * (1 + np.cos(np.pi * t / 4)) for t in range(4)] * 2)
    first, second = (list(states(problem, assembled(problem, "dsbo", **more), 2, start)) for more in SLOWED)
    for V, same in zip(first[1].point, second[1].point, strict=True):
        np.testing.assert_array_equal(V, same)  # t = 0: the factor is 1
    assert not np.allclose(first[2].point[1], second[2].point[1])


SLOWED = ({}, {"schedule": {"y": "inverse-sqrt"}})


def test_a_step_leaves_the_old_state_as_it_was():
    problem = quadratic()
    passed = states(problem, assembled(problem, "vrdbo", batch=4), 5, unequal_start(problem))
    kept = [(state, [V.copy() for V in state.point]) for state in passed]
    for step, (state, point) in enumerate(kept):
        assert state.step == step
        for V, copy in zip(state.point, point, strict=True):
            np.testing.assert_array_equal(V, copy)


def test_the_seed_decides_the_batches_alone():
    problem, start = quadratic(), unequal_start(quadratic())
    drawn, full = assembled(problem, batch=4), assembled(problem)
    again, once, other = (final(problem, drawn, 5, start, seed) for seed in (1, 1, 2))
    assert all((a == b).all() for a, b in zip(again, once, strict=True))
    assert not np.allclose(once[0], other[0])
    assert_close(final(problem, full, 5, start, 1), final(problem, full, 5, start, 2))
