"""Zhu 2024's SPARKLE on explicit matrices."""

import numpy as np
from dense_mixings import atc_tracking, exact_diffusion, extra


def sparkle(nodes, W, X, Y, Z, draws, move, *, alpha, beta, gamma, theta):
    """Zhu 2024: D-SOBA's directions; move(V_0 … V_k, U_0 … U_k, step) gives V_{k+1}."""
    H, Vs, Us = np.zeros_like(X), ([X], [Y], [Z]), ([], [], [])
    for draw in draws:
        D = nodes.tracked(*(V[-1] for V in Vs), draw)
        H = (1 - theta) * H + theta * D[0]
        for U, direction in zip(Us, (H, *D[1:]), strict=True):
            U.append(direction)
        for V, U, step in zip(Vs, Us, (alpha, beta, gamma), strict=True):
            V.append(move(W, V, U, step))
    return tuple(V[-1] for V in Vs)


def sparkle_gt(nodes, W, *rest, **settings):
    return sparkle(nodes, W, *rest, atc_tracking, **settings)


def sparkle_ed(nodes, W, *rest, **settings):
    return sparkle(nodes, W, *rest, exact_diffusion, **settings)


def sparkle_extra(nodes, W, *rest, **settings):
    return sparkle(nodes, W, *rest, extra, **settings)
