"""Wang 2024's DSGDA-GT on explicit matrices, in its manner: a penalty, and gradient tracking of x, y and u."""

import numpy as np


def dsgda_gt(nodes, W, X, Y, U, draws, *, alpha, beta, penalty):
    """Directions of a penalty λ_t, gradient tracking that combines last; ``penalty`` gives λ of every step."""
    D_before = T = (np.zeros_like(X), np.zeros_like(Y), np.zeros_like(U))
    for draw, weight in zip(draws, penalty, strict=True):
        D = nodes.penalty(X, Y, U, draw, weight)
        T = [W @ (t + d - before) for t, d, before in zip(T, D, D_before, strict=True)]
        X, Y, U = W @ (X - alpha * T[0]), W @ (Y - beta * T[1]), W @ (U - beta * T[2])
        D_before = D
    return X, Y, U
