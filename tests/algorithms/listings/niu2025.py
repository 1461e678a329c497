"""Niu 2025's LoPA on explicit matrices: each node has y and z of its own, of which W sees nothing."""

import numpy as np
from dense_mixings import clip, tracker


def lopa(nodes, X, Y, Z, draws, move, *, beta, gamma, theta, radius):
    """Momentum on x from the first direction; move(X, H_0 … H_k) gives X_{k+1}."""
    Hs = []
    for draw in draws:
        Dx, Dy, Dz = nodes.tracked(X, Y, Z, draw)
        Hs.append((1 - theta) * Hs[-1] + theta * Dx if Hs else Dx)
        X = move(X, Hs)
        Y, Z = Y - beta * Dy, np.array(clip(Z - gamma * Dz, radius))
    return X, Y, Z


def lopa_gt(nodes, W, X, Y, Z, draws, *, alpha, **settings):
    """X_{k+1} = W X_k − α T_k with T_k = Σ_s W^{k−s}(H_s − H_{s−1})."""
    return lopa(nodes, X, Y, Z, draws, lambda X, Hs: W @ X - alpha * tracker(W, Hs, after=0), **settings)


def lopa_lg(nodes, W, X, Y, Z, draws, *, alpha, **settings):
    """X_{k+1} = W X_k − α H_k."""
    return lopa(nodes, X, Y, Z, draws, lambda X, Hs: W @ X - alpha * Hs[-1], **settings)
