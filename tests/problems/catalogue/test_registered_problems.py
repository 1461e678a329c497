"""What every problem of the catalogue has in common: its oracles are the derivatives of its losses."""

import numpy as np
import pytest
from problem_examples import NODES, SMALL, batch, below_start, dot, hosted, rows_of, small

from p2pbo.problems import PROBLEMS
from p2pbo.testing import check_oracles

every_problem = pytest.mark.parametrize("case", SMALL)


def that_know(bound):
    """The problems that state this bound."""
    return pytest.mark.parametrize(
        "case", [case for case in SMALL if getattr(small(case), bound) is not None]
    )


@every_problem
def test_closed_forms_are_what_autograd_gives(case):
    worst = check_oracles(small(case))
    assert {"fx", "fy", "gx", "gy", "hyy", "hxy", "f", "g"} <= set(worst)


@every_problem
def test_first_derivatives_are_the_losses_slopes(case):
    problem, h = small(case), 1e-6
    oracles = hosted(problem)
    X, Y, _ = rows_of(problem)
    U, _, V = rows_of(problem, seed=1)
    fx, fy = oracles.upper(X, Y, None)

    def slope(loss, U, V):
        ahead, behind = (oracles.losses(X + s * U, Y + s * V)[loss] for s in (h, -h))
        return (ahead - behind) / (2 * h)

    np.testing.assert_allclose(dot(fx, U), slope(0, U, 0 * V), rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(dot(fy, V), slope(0, 0 * U, V), rtol=1e-7, atol=1e-9)
    gx, gy = oracles.lower_gradients(X, Y, None)
    np.testing.assert_allclose(dot(gx, U), slope(1, U, 0 * V), rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(dot(gy, V), slope(1, 0 * U, V), rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(oracles.lower(X, Y, None).gy, gy, rtol=1e-12, atol=1e-14)


@every_problem
def test_second_derivatives_are_the_gradients_slopes(case):
    """vᵀ∇²_yy g v′ and uᵀ∇²_xy g v by central differences of ⟨∇_y g, v⟩; g's own would step over ReLU's kinks."""
    problem, h = small(case), 1e-6
    oracles = hosted(problem)
    X, Y, V = rows_of(problem)
    U, _, W = rows_of(problem, seed=1)
    lower = oracles.lower(X, Y, None)

    def slope(U, W):
        ahead, behind = (oracles.lower(X + s * U, Y + s * W, None).gy for s in (h, -h))
        return dot(ahead - behind, V) / (2 * h)

    np.testing.assert_allclose(dot(lower.hyy(V), W), slope(0 * U, W), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(dot(lower.hxy(V), U), slope(U, 0 * W), rtol=1e-6, atol=1e-7)


@every_problem
def test_products_are_hyy_and_hxy_and_linear(case):
    problem = small(case)
    oracles = hosted(problem)
    X, Y, V = rows_of(problem)
    _, _, W = rows_of(problem, seed=1)
    lower = oracles.lower(X, Y, batch(oracles.lower_samples, 3))
    hyy, hxy = lower.products(V)
    for product, found in ((lower.hyy, hyy), (lower.hxy, hxy)):
        np.testing.assert_allclose(product(V), found, rtol=1e-13, atol=1e-15)
        np.testing.assert_allclose(product(2 * V - W), 2 * found - product(W), rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(dot(lower.hyy(W), V), dot(W, hyy), rtol=1e-10)  # the Hessian is symmetric


@that_know("lipschitz")
def test_the_hessian_is_positive_and_lipschitz_bounds_it(case):
    """Power iteration on batches of every size, at Y = 0 and at random points."""
    problem = small(case)
    oracles = hosted(problem)
    seen = []
    for trial, size in enumerate((1, 1, 2, int(oracles.lower_samples.min()), None)):
        _, Y, V = rows_of(problem, seed=trial)
        rows = None if size is None else batch(oracles.lower_samples, size, seed=trial)
        lower = oracles.lower(below_start(problem, trial), Y if trial % 2 else 0 * Y, rows)
        for _ in range(60):
            V = lower.hyy(V)
            norm = np.linalg.norm(V, axis=1, keepdims=True)
            V = V / norm
        assert (dot(V, lower.hyy(V)) > 0).all()
        seen.append(norm.max())
    assert max(seen) <= problem.lipschitz * (1 + 1e-9)
    assert max(seen) > problem.lipschitz / 20


@that_know("convexity")
def test_convexity_is_the_smallest_eigenvalue_at_the_start(case):
    problem = small(case)
    oracles = hosted(problem)
    _, Y, _ = rows_of(problem)
    X = np.tile(problem.x.start, (NODES, 1))
    smallest = []
    for rows in (batch(oracles.lower_samples, 1), None):
        lower = oracles.lower(X, Y, rows)
        H = np.stack([lower.hyy(np.tile(e, (NODES, 1))) for e in np.eye(problem.dim_y)], axis=1)
        smallest.append(np.linalg.eigvalsh(H).min())
    assert min(smallest) >= problem.convexity * (1 - 1e-9)
    assert min(smallest) <= problem.convexity * 1.2


@that_know("slope")
def test_slope_bounds_the_upper_gradient(case):
    """At points near and far: far out cross-entropies are linear, and their gradients longest."""
    problem = small(case)
    oracles = hosted(problem)
    seen = []
    for seed, scale in enumerate((0.1, 1, 1e3, 1e3, 1e3)):
        X, Y, _ = rows_of(problem, seed, scale=1.0)
        seen.append(np.linalg.norm(oracles.upper(X, scale * Y, None)[1], axis=1).max())
    assert max(seen) <= problem.slope * (1 + 1e-9)
    assert max(seen) > problem.slope / 20


@every_problem
def test_float32_oracles_compute_in_float32(case):
    problem = small(case)
    X, Y, V = rows_of(problem)
    found, expected = [], []
    for dtype, values in ((np.float64, expected), (np.float32, found)):
        oracles = hosted(problem, dtype)
        x, y, v = (rows.astype(dtype) for rows in (X, Y, V))
        for rows in (None, batch(oracles.lower_samples, 3)):
            lower = oracles.lower(x, y, rows)
            values += [*oracles.upper(x, y, None), *oracles.lower_gradients(x, y, rows)]
            values += [lower.gy, *lower.products(v), lower.hyy(v), lower.hxy(v)]
        values += oracles.losses(x, y)
    for value, reference in zip(found[:-2], expected[:-2], strict=True):
        assert value.dtype == np.float32
        assert reference.dtype == np.float64
    for value, reference in zip(found, expected, strict=True):
        np.testing.assert_allclose(value, reference, rtol=2e-4, atol=2e-5 * max(1, np.abs(reference).max()))


@every_problem
def test_a_rank_sees_its_own_nodes(case):
    """Hosting nodes in blocks gives the rows that hosting all of them gives."""
    problem = small(case)
    X, Y, V = rows_of(problem)
    whole = hosted(problem)
    drawn = batch(whole.lower_samples, 2), batch(whole.upper_samples, 2)

    def evaluated(oracles, rows):
        zeta, xi = (rows_drawn[rows] for rows_drawn in drawn)
        lower = oracles.lower(X[rows], Y[rows], zeta)
        return [
            *oracles.upper(X[rows], Y[rows], xi),
            *oracles.lower_gradients(X[rows], Y[rows], zeta),
            *oracles.losses(X[rows], Y[rows]),
            *oracles.metrics(X[rows], Y[rows]).values(),
            lower.gy,
            *lower.products(V[rows]),
            oracles.upper_samples,
            oracles.lower_samples,
        ]

    blocks = [range(1), range(1, NODES)]
    parts = [evaluated(hosted(problem, nodes=own), slice(own.start, own.stop)) for own in blocks]
    for value, *pieces in zip(evaluated(whole, slice(None)), *parts, strict=True):
        np.testing.assert_allclose(np.concatenate(pieces), value, rtol=1e-12, atol=1e-14)


@every_problem
def test_oracles_leave_their_arguments_alone(case):
    problem = small(case)
    oracles = hosted(problem)
    rows = rows_of(problem)
    copies = [row.copy() for row in rows]
    for held in rows:
        held.setflags(write=False)
    X, Y, V = rows
    first = oracles.lower(X, Y, None)
    gy, hyy = first.gy.copy(), first.hyy(V).copy()
    oracles.upper(X, Y, None), oracles.losses(X, Y), first.products(V), oracles.lower_gradients(X, Y, None)
    np.testing.assert_array_equal(first.gy, gy)
    np.testing.assert_array_equal(first.hyy(V), hyy)
    for row, copy in zip(rows, copies, strict=True):
        np.testing.assert_array_equal(row, copy)


@pytest.mark.parametrize("name", list(PROBLEMS))
def test_the_seed_decides(name):
    problems = [small(name, seed=seed) for seed in (3, 3, 4)]
    X, Y, _ = rows_of(problems[0])
    one, again, other = (hosted(problem).losses(X, Y)[0] for problem in problems)
    np.testing.assert_array_equal(one, again)
    assert not np.allclose(one, other)


@pytest.mark.parametrize("name", list(PROBLEMS))
def test_one_node_is_a_problem_too(name):
    check_oracles(small(name, nodes=1))
