"""The extreme eigenvalues of a weighted Laplacian L = D − A, d_i = Σ_j w_ij.

Mixing weights make L = I − W, so μ = 1 − λ: the smallest μ but 0 is the spectral gap at the top of W's spectrum,
the largest is 1 − λ_K. Unit weights make the graph's own Laplacian.

Small K: all eigenvalues, dense. Large K: Lanczos; where it does not converge in a few hundred products, the
eigenvalues lie close together (a ring of 10,000 has a gap of 1e-7), and the inverse of L spreads them: a sparse
factorisation is cheap for such graphs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from p2pbo.errors import InputError
from p2pbo.topology.edges import Edges, Reals

if TYPE_CHECKING:
    from scipy.sparse import csc_array

DENSE_NODES = 800
"""The largest K for which all eigenvalues are computed, which takes 0.1 s and no scipy."""

_TOLERANCE = 1e-10
_BASIS, _RESTARTS = 32, 60


def extreme_eigenvalues(edges: Edges, weight: Reals) -> tuple[float, float]:
    """Return the smallest eigenvalue of L, the 0 of the constant vector aside, and the largest; (1, 1) where K = 1.

    Args:
        edges: the edges of a connected graph.
        weight: (E,) the weights of the directed edges, the same both ways.

    Raises:
        InputError: K is large and scipy is not installed.
    """
    if edges.nodes == 1:
        return 1.0, 1.0
    if edges.nodes <= DENSE_NODES:
        every = np.linalg.eigvalsh(dense_laplacian(edges, weight))
        others = np.delete(every, np.abs(every).argmin())  # a user's W may have eigenvalues above 1 too
        return float(others[0]), float(others[-1])
    return lanczos_extremes(edges, weight)


def dense_laplacian(edges: Edges, weight: Reals) -> Reals:
    """Return the Laplacian L = D − A, dense, K×K."""
    L = np.diag(edges.row_sums(weight))
    L[edges.source, edges.target] = -weight
    return L


def sparse_laplacian(edges: Edges, weight: Reals) -> csc_array:
    """Return the Laplacian L = D − A as a scipy.sparse.csc_array.

    Raises:
        InputError: scipy is not installed.
    """
    try:
        from scipy.sparse import csc_array
    except ModuleNotFoundError:
        cause = f"has {edges.nodes} nodes, more than {DENSE_NODES}, which takes scipy"
        raise InputError("the spectrum of a topology that", cause, "pip install 'p2pbo[run]'") from None
    node = np.arange(edges.nodes)
    row, column = np.concatenate([edges.source, node]), np.concatenate([edges.target, node])
    return csc_array((np.concatenate([-weight, edges.row_sums(weight)]), (row, column)))


def lanczos_extremes(edges: Edges, weight: Reals) -> tuple[float, float]:
    """Return ``extreme_eigenvalues`` by Lanczos; the smaller has about ten digits, however close to 0 it is."""
    L = sparse_laplacian(edges, weight)
    bound = 2 * float(L.diagonal().max())  # Gershgorin: no eigenvalue is larger
    return _smallest(L, bound), _largest(L, bound)


def _smallest(L: csc_array, bound: float) -> float:
    def lifted(x: Reals) -> Reals:  # bound·I − L, the constant vector's eigenvalue moved from the top to 0
        return bound * (x - x.mean()) - L @ x

    if (top := _top(lifted, L.shape[0], _RESTARTS)) is not None:
        return bound - top
    from scipy.sparse.linalg import splu

    grounded = splu(L[1:, 1:], permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})

    def pseudoinverse(x: Reals) -> Reals:  # L⁺x: fix the first node's potential at 0, then take the mean off
        potential = np.concatenate([[0.0], grounded.solve((x - x.mean())[1:])])
        return potential - potential.mean()

    return 1 / _certain(pseudoinverse, L.shape[0])


def _largest(L: csc_array, bound: float) -> float:
    if (top := _top(lambda x: L @ x, L.shape[0], _RESTARTS)) is not None:
        return top
    from scipy.sparse import eye_array
    from scipy.sparse.linalg import splu

    shift = bound * (1 + 1e-9)  # bipartite regular graphs reach the bound
    inverse = splu(shift * eye_array(L.shape[0], format="csc") - L, options={"SymmetricMode": True})
    return shift - 1 / _certain(inverse.solve, L.shape[0])


def _certain(product: Callable[[Reals], Reals], nodes: int) -> float:
    if (top := _top(product, nodes, 40 * _RESTARTS)) is None:
        raise ArithmeticError("Lanczos did not converge")
    return top


def _top(product: Callable[[Reals], Reals], nodes: int, restarts: int) -> float | None:
    """Return the largest eigenvalue of a symmetric operator; None where ``restarts`` do not find it."""
    from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

    operator = LinearOperator((nodes, nodes), matvec=product, dtype=np.float64)
    start = np.random.default_rng(0).standard_normal(nodes)
    try:
        found = eigsh(
            operator, k=1, which="LA", v0=start - start.mean(), ncv=_BASIS, maxiter=restarts, tol=_TOLERANCE,
            return_eigenvectors=False,
        )  # fmt: skip
    except ArpackNoConvergence:
        return None
    return float(found[0])
