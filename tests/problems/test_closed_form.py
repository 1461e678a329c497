"""Plain functions on stacked arrays: what they are handed, and what comes back."""

import numpy as np
import pytest
import torch
from problem_examples import batch, hosted, rows_of

import p2pbo
from p2pbo import NodeData, Problem
from p2pbo.problems import ClosedForm

A = np.diag([1.0, 2.0, 3.0])


def loss(x, y, batch):
    return 0.5 * ((y - batch["c"]) ** 2 * y.new_tensor([1, 2, 3])).sum(1).mean() + (x * y).sum()


def gradient(X, Y, held):
    return (Y - held["c"].mean(1)) @ A + X


FORM = ClosedForm(
    fx=lambda X, Y, held: Y,
    fy=gradient,
    gy=gradient,
    hyy=lambda X, Y, held, V: V @ A,
    hxy=lambda X, Y, held, V: V,
    gx=lambda X, Y, held: Y,
)


def problem(counts=(4, 4, 4), form=FORM):
    draw = np.random.default_rng(0)
    nodes = [
        NodeData(*({"c": torch.as_tensor(draw.standard_normal((n, 3))), "k": torch.arange(n)} for _ in "fg"))
        for n in counts
    ]
    return Problem(loss, loss, nodes=nodes, dim_x=3, dim_y=3, oracles=form, lipschitz=3.0)


@pytest.mark.parametrize("counts", [(4, 4, 4), (2, 5, 3)])
@pytest.mark.parametrize("size", [None, 1, 2])
def test_closed_form_and_autograd_agree(counts, size):
    """Also where unequal counts go node by node."""
    given = problem(counts)
    X, Y, V = rows_of(given)
    closed, reference = hosted(given), given.autograd(range(3), np.dtype(float))
    np.testing.assert_array_equal(closed.upper_samples, counts)
    rows = None if size is None else batch(closed.lower_samples, size)
    values, expected = (
        [
            *at.upper(X, Y, rows),
            *at.lower_gradients(X, Y, rows),
            at.lower(X, Y, rows).gy,
            *at.lower(X, Y, rows).products(V),
        ]
        for at in (closed, reference)
    )
    for value, same in zip(values, expected, strict=True):
        np.testing.assert_allclose(value, same, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("counts", "size", "shapes"),
    [
        ((4, 4, 4), None, [(3, 4, 3)]),
        ((2, 5, 3), None, [(1, 2, 3), (1, 5, 3), (1, 3, 3)]),
        ((2, 5, 3), 2, [(3, 2, 3)]),
    ],
)
def test_functions_get_stacked_batches(counts, size, shapes):
    """One call for all nodes where their batches are equally long, else one call a node."""
    seen = []

    def spy(X, Y, held):
        assert len(X) == len(Y) == len(held["c"])
        assert isinstance(held["c"], np.ndarray)
        assert held["k"].dtype == np.int64
        seen.append(held["c"].shape)
        return gradient(X, Y, held)

    given = problem(counts, ClosedForm(FORM.fx, FORM.fy, spy, FORM.hyy, FORM.hxy))
    X, Y, _ = rows_of(given)
    rows = None if size is None else batch(np.array(counts), size)
    hosted(given).lower(X, Y, rows)
    assert seen == shapes


def test_results_are_in_the_runs_dtype():
    """A float64 constant in a user's function must not widen a float32 run."""
    given = problem()
    X, Y, V = (rows.astype(np.float32) for rows in rows_of(given))
    for counts in ((4, 4, 4), (2, 5, 3)):
        oracles = hosted(problem(counts), np.float32)
        lower = oracles.lower(X, Y, None)
        for value in (*oracles.upper(X, Y, None), lower.gy, *lower.products(V)):
            assert value.dtype == np.float32
    trace = p2pbo.run(problem=given, dtype="float32", steps=2)
    assert np.isfinite(trace["upper_loss"].values).all()


def test_runs_are_the_same_with_and_without_closed_forms():
    closed, plain = (
        p2pbo.run(problem=problem((6, 8, 7), form), steps=20, settings={"batch": 3}) for form in (FORM, None)
    )
    for name in ("final_x", "final_y"):
        np.testing.assert_allclose(closed[name].values, plain[name].values, rtol=1e-10)
