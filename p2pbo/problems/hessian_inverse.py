"""H⁻¹ b for the Hessians H of one search, by conjugate gradients, preconditioned where they take many products H v.

Towards the end of a search H changes little. So once half as many products have been taken as H has columns, H is
assembled, a product for each column, and its inverse M is the preconditioner of what follows:

CG on M H u = M b,   whose eigenvalues are near 1 while H is near the one that M inverts

M = (H + ε tr(H) I)⁻¹,   as H may be singular but for rounding: where columns of data depend on each other and have next
                         to no weight, H⁻¹ would fill u with that

Where H has a block for each of several nodes, a product gives one column of every block. Nothing is kept for another
search, so that a run that goes on from a checkpoint finds the same digits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import Rows, Vector

PRODUCTS = 1000
"""At most so many products by conjugate gradients for each linear system; else nothing is found."""

ENTRIES = 1_000_000
"""At most so many entries of H's blocks are assembled: 8 MB."""

SHIFT = 1e-10
"""ε: of M, in shares of the trace of H's blocks."""


class NotFound(ArithmeticError):
    """No solution is found: the lower problem is not strongly convex, or rounding or a limit ends the search."""


class HessianInverse:
    """The inverse of what ``product`` multiplies with at the time, a symmetric matrix of ``blocks`` equal blocks."""

    def __init__(self, product: Callable[[Vector], Vector], size: int, blocks: int = 1) -> None:
        self._product, self._blocks, self._columns = product, blocks, size // blocks
        self._M: NDArray[np.floating[Any]] | None = None  # blocks × columns × columns
        self._can_assemble = size * self._columns <= ENTRIES
        self._left = self._patience  # products before H is assembled

    @property
    def _patience(self) -> int:
        return max(1, self._columns // 2) if self._can_assemble else PRODUCTS

    def times(self, b: Vector, tolerance: float) -> Vector:
        """Return H⁻¹ b, to a residual of ``tolerance`` · ‖b‖.

        Raises:
            NotFound: H does not curve upwards along some vector, or :data:`PRODUCTS` are not enough.
        """
        from scipy.sparse.linalg import LinearOperator, cg

        H = LinearOperator((b.size, b.size), matvec=self.product, dtype=b.dtype)
        M = LinearOperator((b.size, b.size), matvec=self._preconditioned, dtype=b.dtype)
        u, taken = np.zeros_like(b), 0
        while taken < PRODUCTS:
            if self._left <= 0:
                self._assemble()
            few = min(self._left, PRODUCTS - taken)
            u, failed = cg(H, b, x0=u, rtol=tolerance, maxiter=few, M=M)
            if not failed:
                return u
            taken += few
        raise NotFound

    def product(self, v: Vector) -> Vector:
        """Return H v.

        Raises:
            NotFound: H does not curve upwards along v.
        """
        self._left -= 1
        Hv = self._product(v)
        if not v @ Hv > 0:
            raise NotFound
        return Hv

    def _preconditioned(self, r: Vector) -> Vector:
        """Return M r."""
        if self._M is None:
            return r
        return (self._M @ r.reshape(self._blocks, self._columns, 1)).ravel()

    def _assemble(self) -> None:
        """Set M, where H is small and M positive definite; never try again where it is not."""
        if self._can_assemble:
            H = np.stack([self._column(axis) for axis in np.eye(self._columns)], axis=2)
            H = (H + H.transpose(0, 2, 1)) / 2
            diagonal = np.einsum("bii->bi", H)  # a view
            diagonal += SHIFT * diagonal.sum(axis=1, keepdims=True)
            try:
                np.linalg.cholesky(H)
                self._M = np.linalg.inv(H)
            except np.linalg.LinAlgError:
                self._can_assemble = False
        self._left = self._patience

    def _column(self, axis: Vector) -> Rows:
        """Return this column of every block, a row for each."""
        return self._product(np.tile(axis, self._blocks)).reshape(self._blocks, self._columns)
