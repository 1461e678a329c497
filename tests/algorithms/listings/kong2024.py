"""Kong 2024's D-SOBA on explicit matrices, and He 2024's NC-SOBA, which it is with θ = 1."""

import numpy as np
from dense_mixings import clip


def d_soba(nodes, W, X, Y, Z, draws, *, alpha, beta, gamma, theta, radius):
    """Kong 2024, Alg. 1: momentum on x before mixing, adapt then combine."""
    H = np.zeros_like(X)
    for draw in draws:
        Dx, Dy, Dz = nodes.tracked(X, Y, Z, draw)
        H = (1 - theta) * H + theta * Dx
        X, Y, Z = W @ (X - alpha * H), W @ (Y - beta * Dy), clip(W @ (Z - gamma * Dz), radius)
    return X, Y, Z


def nc_soba(nodes, W, X, Y, Z, draws, *, alpha, beta, gamma, radius):
    """He 2024's uncompressed method, its server replaced by W."""
    return d_soba(nodes, W, X, Y, Z, draws, alpha=alpha, beta=beta, gamma=gamma, theta=1.0, radius=radius)


def d_soba_fo(nodes, W, X, Y, Z, draws, *, alpha, beta, gamma, theta, radius):
    """D-SOBA whose products with z are central differences of gradients."""
    H = np.zeros_like(X)
    for draw in draws:
        Dx, Dy, Dz = nodes.tracked_differences(X, Y, Z, draw)
        H = (1 - theta) * H + theta * Dx
        X, Y, Z = W @ (X - alpha * H), W @ (Y - beta * Dy), clip(W @ (Z - gamma * Dz), radius)
    return X, Y, Z
