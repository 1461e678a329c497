"""Heads fitted to tasks, against scikit-learn task by task."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from p2pbo.problems.few_shot.linear_heads import fit_heads, linear_head_accuracy


def representations(tasks=3, ways=4, shots=2, d=6, scale=1.0, seed=0):
    """Drawings around a centre for each character."""
    draw = np.random.default_rng(seed)
    centres = draw.standard_normal((tasks, ways, 1, d))
    return scale * (centres + 0.8 * draw.standard_normal((tasks, ways, shots, d)))


@pytest.mark.parametrize("ridge", [1.0, 1e-2, 1e-3])
@pytest.mark.parametrize("shots", [1, 5])
@pytest.mark.parametrize("scale", [0.3, 5.0])
def test_heads_are_scikit_learns(ridge, shots, scale):
    """Its C multiplies the sum over rows: mean + (ridge/2)‖V‖² has C = 1/(rows · ridge)."""
    support = representations(shots=shots, scale=scale)
    label = np.repeat(np.arange(4), shots)
    for phi, found in zip(support, fit_heads(support, ridge), strict=True):
        model = LogisticRegression(C=1 / (len(label) * ridge), fit_intercept=False, tol=1e-10, max_iter=10000)
        expected = model.fit(phi.reshape(-1, 6), label).coef_
        np.testing.assert_allclose(found, expected, atol=2e-3 * abs(expected).max())


def test_a_task_does_not_depend_on_those_beside_it():
    support = representations()
    support[1] *= 10
    alone = np.concatenate([fit_heads(task[None], 0.01) for task in support])
    np.testing.assert_allclose(fit_heads(support, 0.01), alone, atol=1e-4 * abs(alone).max())


def test_accuracy_is_that_of_the_heads():
    drawn = representations(tasks=5, shots=12, seed=1)
    support, query = drawn[:, :, :3], drawn[:, :, 3:]
    right = [
        (query[task, way] @ V.T).argmax(axis=1) == way
        for task, V in enumerate(fit_heads(support, 0.1))
        for way in range(4)
    ]
    assert 0.5 < np.mean(right) < 1
    assert linear_head_accuracy(support, query, 0.1) == pytest.approx(np.mean(right))


def test_what_tells_characters_apart_and_what_does_not():
    apart = np.tile(np.eye(4)[None, :, None], (2, 1, 5, 1))
    assert linear_head_accuracy(apart[:, :, :1], apart[:, :, 1:], 0.01) == 1
    assert linear_head_accuracy(0 * apart[:, :, :1], 0 * apart[:, :, 1:], 0.01) == 0.25
