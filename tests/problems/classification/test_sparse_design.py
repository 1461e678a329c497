"""Products with sparse rows, against dense ones: drawn rows and all, many classes, unequal nodes, both dtypes."""

import numpy as np
import pytest
import scipy.sparse

from p2pbo.problems.classification.design_matrix import DenseFeatures
from p2pbo.problems.classification.sparse_design import SparseFeatures

NODES, FEATURES = 4, 9


@pytest.fixture(scope="module")
def blocks():
    draw = np.random.default_rng(0)
    return [draw.standard_normal((n, FEATURES)) * (draw.random((n, FEATURES)) < 0.3) for n in (3, 6, 1, 5)]


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-14), ("float32", 1e-6)])
@pytest.mark.parametrize("classes", [1, 2, 5])
@pytest.mark.parametrize("drawn", [False, True])
@pytest.mark.parametrize("stored", [np.asarray, scipy.sparse.csr_array, scipy.sparse.csc_array])
def test_products_are_those_of_dense_rows(blocks, dtype, tolerance, classes, drawn, stored):
    draw = np.random.default_rng(1)
    dense = DenseFeatures(blocks, np.dtype(dtype))
    sparse = SparseFeatures([stored(block) for block in blocks], classes, np.dtype(dtype))
    rows = np.arange(NODES)[:, None] * 6 + draw.integers(0, 6, (NODES, 8))
    A, S = (features.take(rows) if drawn else features.all() for features in (dense, sparse))
    V = draw.standard_normal((NODES, 2 * classes, FEATURES)).astype(dtype)[:, ::2]  # not contiguous
    scores = A.scores(V)
    assert scores.shape == (classes, NODES, 8 if drawn else 6)
    found = S.scores(V)
    for value, expected in ((found, scores), (S.adjoint(found), A.adjoint(scores))):
        assert value.dtype == dtype
        np.testing.assert_allclose(value, expected, rtol=tolerance, atol=100 * tolerance)


def test_a_node_with_no_entry_at_all_scores_zero():
    features = SparseFeatures([scipy.sparse.csr_array((2, 3)), np.eye(2, 3)], 2, np.dtype("float64"))
    scores = features.all().scores(np.ones((2, 2, 3)))
    np.testing.assert_array_equal(scores, [[[0, 0], [1, 1]]] * 2)
