"""What a loss draws is a function of its batch's keys, and nobody else's generator moves."""

import random

import numpy as np
import pytest
import torch
from problem_examples import batch, hosted, rows_of

from p2pbo import InputError, NodeData, Problem
from p2pbo.problems import KeyedBatch
from p2pbo.problems.autograd.random_draws import GlobalGenerators
from p2pbo.problems.checks.inspection import random_losses
from p2pbo.randomness import keys


def drawn():
    return torch.rand(3).tolist(), np.random.random(3).tolist(), [random.random() for _ in range(3)]


def test_a_key_says_all_draws_and_the_users_go_on_as_if_there_were_none():
    generators = GlobalGenerators()
    start = generators.state()
    expected = drawn()
    torch.set_rng_state(start[0][0])
    np.random.set_state(start[1])
    random.setstate(start[2])
    found = []
    for key in (5, 2**63 + 1, 5):
        with generators.seeded(key):
            found.append(drawn())
    assert found[0] == found[2]
    for one, other in zip(found[0], found[1], strict=True):
        assert one != other
    assert not generators.drawn_since(start)
    assert drawn() == expected
    assert generators.drawn_since(start)


@pytest.mark.parametrize("draw", [lambda: torch.rand(1), lambda: np.random.random(), lambda: random.random()])
def test_one_draw_of_any_generator_is_seen(draw):
    generators = GlobalGenerators()
    with generators.restored():
        before = generators.state()
        assert not generators.drawn_since(before)
        draw()
        assert generators.drawn_since(before)
    assert not generators.drawn_since(before)


NODES, ROWS = 3, 5


class Noisy:
    """Least squares on noisy rows; keeps the noise of every evaluation."""

    def __init__(self):
        self.noise = []

    def upper(self, x, y, a):
        noise = torch.randn(len(a), 2, dtype=a.dtype)
        self.noise.append(noise.numpy())
        return (((a + noise) @ y - 1) ** 2).mean() + (x * y).sum()

    def lower(self, x, y, a):
        return self.upper(x, y, a) + (x.exp() * y**2).sum()

    def oracles(self, nodes=range(NODES)):
        draw = np.random.default_rng(0)
        data = [
            NodeData(draw.standard_normal((ROWS, 2)), draw.standard_normal((ROWS, 2))) for _ in range(NODES)
        ]
        self.problem = Problem(self.upper, self.lower, nodes=data, dim_x=2, dim_y=2)
        oracles = hosted(self.problem, nodes=nodes)
        found = random_losses(oracles.torch_losses, np.zeros(2), np.zeros(2), 2)
        assert found == {"upper", "lower"}
        oracles.draw_by_keys(found)
        self.noise.clear()
        return oracles


def a_draw(size, seed=0, nodes=slice(None)):
    rows = None if size is None else batch(np.full(NODES, ROWS), size)[nodes]
    return KeyedBatch(rows, keys(seed, "test", np.arange(NODES))[nodes])


@pytest.mark.parametrize("size", [3, None])
def test_all_oracles_of_a_draw_see_the_same_noise(size):
    """Against the closed forms of the loss with that noise."""
    noisy = Noisy()
    oracles = noisy.oracles()
    (X, Y, V), draw = rows_of(noisy.problem), a_draw(size)
    fx, fy = oracles.upper(X, Y, draw)
    lower = oracles.lower(X, Y, draw)
    hyy, hxy = lower.products(V)
    again = oracles.lower(X, Y, draw)
    noise = np.reshape(noisy.noise, (3, NODES, -1, 2))
    np.testing.assert_array_equal(noise[0], noise[1])
    np.testing.assert_array_equal(noise[0], noise[2])
    np.testing.assert_array_equal(lower.gy, again.gy)
    assert len({row.tobytes() for row in noise[0]}) == NODES
    for i, node in enumerate(noisy.problem.nodes):
        own = slice(None) if size is None else draw.samples[i]
        a, b = (side[own] + noise[0, i] for side in (node.upper, node.lower))
        ridge = np.exp(X[i])
        np.testing.assert_allclose(fx[i], Y[i])
        np.testing.assert_allclose(fy[i], 2 * a.T @ (a @ Y[i] - 1) / len(a) + X[i])
        np.testing.assert_allclose(lower.gy[i], 2 * b.T @ (b @ Y[i] - 1) / len(b) + X[i] + 2 * ridge * Y[i])
        np.testing.assert_allclose(hyy[i], 2 * b.T @ (b @ V[i]) / len(b) + 2 * ridge * V[i])
        np.testing.assert_allclose(hxy[i], V[i] + 2 * ridge * Y[i] * V[i])


@pytest.mark.parametrize("size", [3, None])
def test_nodes_draw_alike_wherever_they_are_hosted(size):
    noisy = Noisy()
    oracles = noisy.oracles()
    X, Y, _ = rows_of(noisy.problem)
    together = [*oracles.upper(X, Y, a_draw(size)), *oracles.losses(X, Y), *oracles.upper(X, Y, None)]
    for node in range(NODES):
        here = slice(node, node + 1)
        alone = noisy.oracles(range(node, node + 1))
        values = [*alone.upper(X[here], Y[here], a_draw(size, nodes=here)), *alone.losses(X[here], Y[here])]
        for value, expected in zip([*values, *alone.upper(X[here], Y[here], None)], together, strict=True):
            np.testing.assert_array_equal(value, expected[here])


def test_other_keys_draw_other_numbers_and_logging_always_the_same():
    noisy = Noisy()
    oracles = noisy.oracles()
    X, Y, _ = rows_of(noisy.problem)
    one, other = (oracles.upper(X, Y, a_draw(None, seed))[1] for seed in (0, 1))
    assert (one != other).all()
    first = oracles.losses(X, Y)
    torch.rand(1)
    np.testing.assert_array_equal(oracles.losses(X, Y), first)


def test_a_loss_that_begins_to_draw_later_is_an_error():
    def late(x, y, a):
        noise = torch.rand(()) if y.sum() > 0.5 else 0.0
        return ((a @ y + noise) ** 2).mean()

    given = Problem(late, late, nodes=[NodeData(np.ones((2, 1)), np.ones((2, 1)))] * 2, dim_x=1, dim_y=1)
    oracles, zero = hosted(given), np.zeros((2, 1))
    oracles.draw_by_keys(random_losses(oracles.torch_losses, zero[0], zero[0], None))
    assert oracles.random == frozenset()
    oracles.upper(zero, zero, None)
    with pytest.raises(
        InputError, match="the upper loss of node 1 draws random numbers, and did not at the start"
    ):
        oracles.upper(zero, np.array([[0.0], [1.0]]), None)
