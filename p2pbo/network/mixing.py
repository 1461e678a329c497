"""How W meets a stack of rows: the product that is fastest for the shape at hand."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.floating[Any]]

WIDE = 8192
"""Columns from which a single row is cheaper to sum up by axpy than by a matrix product."""


def mixer(W: Any, width: int) -> Callable[[Rows], Rows]:
    """S ↦ W S for stacks of ``width`` columns; W is dense or CSR, hosted×(hosted + ghosts)."""
    if not isinstance(W, np.ndarray):
        return lambda stack: operator.matmul(W, stack)
    if len(W) > 1 or width < WIDE:
        return lambda stack: np.dot(W, stack)
    from scipy.linalg.blas import get_blas_funcs

    axpy = get_blas_funcs("axpy", dtype=W.dtype)
    own, *others = W[0].tolist()

    def weighted_sum(stack: Rows) -> Rows:
        mixed = own * stack[:1]
        for row, weight in enumerate(others, start=1):
            axpy(stack[row], mixed[0], a=weight)  # w_i0 s_0 + Σ_j w_ij s_j, in place
        return mixed

    return weighted_sum
