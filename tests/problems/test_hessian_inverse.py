"""H⁻¹ b by conjugate gradients and by H itself: against dense solutions, with products counted."""

import numpy as np
import pytest
from scipy.linalg import block_diag
from scipy.sparse.linalg import cg

from p2pbo.problems.hessian_inverse import ENTRIES, PRODUCTS, HessianInverse, NotFound

TOLERANCE = 1e-10


def definite(size, condition, seed=0):
    """A symmetric matrix with eigenvalues from 1/condition to 1, equally far apart in logarithms."""
    Q, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((size, size)))
    return Q @ np.diag(np.geomspace(1 / condition, 1, size)) @ Q.T


class Counted:
    """Products with a matrix, which may be put in another's place."""

    def __init__(self, matrix):
        self.matrix, self.taken = matrix, 0

    def __call__(self, v):
        self.taken += 1
        return self.matrix @ v


def check(counted, inverse, b):
    u = inverse.times(b, TOLERANCE)
    assert np.linalg.norm(counted.matrix @ u - b) <= 2 * TOLERANCE * np.linalg.norm(b)


@pytest.mark.parametrize("blocks", [1, 3])
def test_it_costs_at_most_half_as_many_products_more_than_there_are_columns(blocks):
    columns = 80
    counted = Counted(block_diag(*(definite(columns, 1e5, seed) for seed in range(blocks))))
    inverse = HessianInverse(counted, blocks * columns, blocks)
    check(counted, inverse, np.ones(blocks * columns))
    assert 1.5 * columns <= counted.taken <= 1.5 * columns + 5
    before = counted.taken
    check(counted, inverse, np.arange(blocks * columns, dtype=float))
    assert counted.taken <= before + 3


def test_a_hessian_nearby_takes_few_products_and_one_far_away_is_assembled_again():
    columns = 80
    H = definite(columns, 1e5)
    counted = Counted(H)
    inverse = HessianInverse(counted, columns)
    check(counted, inverse, np.ones(columns))
    before, counted.matrix = counted.taken, 1.1 * H + 1e-6 * np.eye(columns)
    check(counted, inverse, np.ones(columns))
    assert counted.taken <= before + 15
    before, counted.matrix = counted.taken, definite(columns, 1e5, seed=1)
    check(counted, inverse, np.ones(columns))
    assert columns < counted.taken - before <= 1.5 * columns + 5


def test_where_few_products_do_it_is_not_assembled():
    counted = Counted(definite(200, 2))
    inverse = HessianInverse(counted, 200)
    check(counted, inverse, np.ones(200))
    assert counted.taken < 50


def test_it_solves_what_conjugate_gradients_alone_do_not():
    H, b = definite(300, 1e8), np.ones(300)
    _, failed = cg(H, b, rtol=1e-6, maxiter=PRODUCTS)
    assert failed
    u = HessianInverse(Counted(H), 300).times(b, 1e-6)
    assert np.linalg.norm(H @ u - b) <= 2e-6 * np.linalg.norm(b)


def test_large_matrices_are_not_assembled_and_products_are_limited():
    size = int(np.sqrt(ENTRIES)) + 1
    diagonal = np.geomspace(1e-3, 1, size)
    counted = Counted(np.diag(diagonal))
    inverse = HessianInverse(counted, size)
    for _ in range(9):  # more products in all than one system may take
        before = counted.taken
        check(counted, inverse, np.ones(size))
        assert counted.taken - before < PRODUCTS
    assert counted.taken > PRODUCTS
    counted.matrix, counted.taken = np.diag(diagonal**4), 0
    with pytest.raises(NotFound):
        inverse.times(np.ones(size), TOLERANCE)
    assert counted.taken <= PRODUCTS + 2


@pytest.mark.parametrize("weight", [0, 1e-19])
def test_dependent_columns_leave_the_shortest_solution(weight):
    """Their eigenvalues are below rounding: an inverse of them would fill u with it."""
    A = np.random.default_rng(0).standard_normal((200, 40)) * np.geomspace(1e-3, 1, 40)
    A[:, -2:] = A[:, :2] - A[:, 2:4]
    H = A.T @ A / 200
    b = A.T @ np.random.default_rng(1).standard_normal(200) / 200
    counted = Counted(H + weight * np.eye(40))
    u = HessianInverse(counted, 40).times(b, TOLERANCE)
    assert 40 < counted.taken < 80
    np.testing.assert_allclose(u, np.linalg.pinv(H, rcond=1e-13) @ b, rtol=1e-4)


def test_where_there_is_no_inverse_the_shortest_solution_is_found():
    counted = Counted(np.ones((2, 2)))
    u = HessianInverse(counted, 2).times(np.ones(2), TOLERANCE)
    np.testing.assert_allclose(u, [0.5, 0.5], rtol=1e-12)


@pytest.mark.parametrize("diagonal", [(1.0, -1.0), (-1.0, -1.0), (0.0, 0.0), (np.nan, 1.0)])
def test_what_does_not_curve_upwards_is_refused(diagonal):
    with pytest.raises(NotFound):
        HessianInverse(Counted(np.diag(diagonal)), 2).times(np.array([1.0, 2.0]), TOLERANCE)


def test_an_indefinite_matrix_is_no_preconditioner():
    """Conjugate gradients in its positive part never see the rest."""
    counted = Counted(np.diag([1e-3, 1e-2, 1e-1, 1, -1, -1]))
    u = HessianInverse(counted, 6).times(np.array([1.0, 2, 3, 4, 0, 0]), TOLERANCE)
    np.testing.assert_allclose(u, [1000, 200, 30, 4, 0, 0], rtol=1e-8)
