"""What one evaluation of ∇_y g keeps, shares and lets go of."""

import gc
import weakref

import numpy as np
import torch
from problem_examples import hosted, rows_of

from p2pbo import NodeData, Problem


def ridge(x, y, samples):
    a, b = samples
    return ((a @ y - b) ** 2).mean() + (x.exp() * y**2).sum()


def problem(nodes=3, upper=ridge, lower=ridge):
    draw = torch.Generator().manual_seed(0)

    def rows(count):
        a = torch.randn(count, 4, dtype=torch.float64, generator=draw)
        return a, a.sum(1)

    return Problem(
        upper, lower, nodes=[NodeData(rows(5), rows(6 + i)) for i in range(nodes)], dim_x=4, dim_y=4
    )


def test_products_do_not_evaluate_the_loss_again():
    calls = []

    def counted(x, y, batch):
        calls.append(1)
        return ridge(x, y, batch)

    given = problem(lower=counted)
    X, Y, V = rows_of(given)
    lower = hosted(given).lower(X, Y, None)
    evaluations = len(calls)
    hyy, hxy = lower.products(V)
    np.testing.assert_array_equal(lower.hyy(2 * V), 2 * hyy)
    np.testing.assert_array_equal(lower.hxy(2 * V), 2 * hxy)
    assert len(calls) == evaluations > 0


def test_nothing_is_differentiated_by_x_before_hxy_is_asked_for():
    passes = []

    class Noted(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, gradient):
            passes.append(1)
            return gradient

    given = problem(nodes=1, lower=lambda x, y, batch: (Noted.apply(x) * y**2).sum())
    X, Y, V = rows_of(given)
    lower = hosted(given).lower(X, Y, None)
    np.testing.assert_allclose(lower.gy, 2 * X * Y)
    np.testing.assert_allclose(lower.hyy(V), 2 * X * V)
    assert passes == []
    np.testing.assert_allclose(lower.hxy(V), 2 * Y * V)
    assert passes == [1]


def test_a_lower_lets_go_of_its_graph():
    """Without the garbage collector: the drawn rows live in the graph alone."""
    drawn = []

    def seen(x, y, batch):
        drawn.append(weakref.ref(batch[0].untyped_storage()))
        return ridge(x, y, batch)

    given = problem(nodes=1, upper=seen, lower=seen)
    X, Y, V = rows_of(given)
    oracles, rows = hosted(given), np.array([[1, 3]])
    gc.disable()
    try:
        oracles.upper(X, Y, rows)
        lower = oracles.lower(X, Y, rows)
        lower.products(V)
        upper_rows, lower_rows = drawn
        assert upper_rows() is None
        assert lower_rows() is not None
        del lower
        assert lower_rows() is None
    finally:
        gc.enable()


def test_rows_may_lie_in_wider_stacks_and_be_read_only():
    given = problem()
    X, Y, V = rows_of(given)
    wide = np.hstack([X, Y, V])
    wide.setflags(write=False)
    oracles, draw = hosted(given), np.array([[1, 3], [0, 2], [3, 1]])

    def evaluated_at(X, Y, V):
        lower = oracles.lower(X, Y, draw)
        return [*oracles.upper(X, Y, draw), lower.gy, *lower.products(V), *oracles.losses(X, Y)]

    for value, same in zip(evaluated_at(*np.split(wide, 3, axis=1)), evaluated_at(X, Y, V), strict=True):
        np.testing.assert_array_equal(value, same)


def test_results_own_their_memory():
    """Even where autograd gives one tensor as two gradients, or one number as a whole row."""

    def loss(x, y, batch):
        return ((x + y) ** 3).sum()

    given, drawn = problem(upper=loss, lower=loss), np.zeros((3, 1), np.int64)
    X, Y, V = rows_of(given)
    oracles = hosted(given)
    fx, fy = oracles.upper(X, Y, drawn)
    lower = oracles.lower(X, Y, drawn)
    hyy, hxy = lower.products(V)
    for own, expected in [(rows, 3 * (X + Y) ** 2) for rows in (fx, fy, lower.gy)] + [
        (rows, 6 * (X + Y) * V) for rows in (hyy, hxy, lower.hyy(V))
    ]:
        assert own.flags.c_contiguous
        np.testing.assert_allclose(own, expected)
        own *= 0
    gy = hosted(problem(lower=lambda x, y, batch: y.sum())).lower(X, Y, drawn).gy
    gy[0, 0] = 2
    assert gy.sum() == gy.size + 1
