"""FAB on explicit matrices, in its manner (arXiv 2605.06328): a penalty, and push-pull of x, y and u."""

import numpy as np


def fab(nodes, W, X, Y, U, draws, *, alpha, beta, penalty):
    """Directions of a penalty λ_t; R and C are W here, as on every undirected graph."""
    V, T = [X, Y, U], [np.zeros_like(X), np.zeros_like(Y), np.zeros_like(U)]
    D_before = T
    for draw, weight in zip(draws, penalty, strict=True):
        D = nodes.penalty(*V, draw, weight)
        T = [W @ t + d - before for t, d, before in zip(T, D, D_before, strict=True)]
        V = [W @ (v - step * t) for v, t, step in zip(V, T, (alpha, beta, beta), strict=True)]
        D_before = D
    return V
