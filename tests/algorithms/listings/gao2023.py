"""Gao 2023's listings on explicit matrices.

Symbols are the listings': U, V estimate Δ^F̃ and Δ^g, ZF and Zg track them. States are K×d here, so the paper's XW is
W X.
"""

import numpy as np


def dsbo(nodes, W, X, Y, draws, *, eta):
    for draw in draws:
        dF, dg = nodes.directions(X, Y, draw)
        X, Y = W @ X - eta * dF, W @ Y - eta * dg
    return X, Y


def gdsbo(nodes, W, X, Y, draws, *, eta, alpha1, alpha2):
    for t, draw in enumerate(draws):
        dF, dg = nodes.directions(X, Y, draw)
        if t == 0:
            U, V = dF, dg
        else:
            U = (1 - alpha1 * eta) * U + alpha1 * eta * dF
            V = (1 - alpha2 * eta) * V + alpha2 * eta * dg
        X, Y = W @ X - eta * U, W @ Y - eta * V
    return X, Y


def mdbo(nodes, W, X, Y, draws, *, eta, alpha1, alpha2, beta1, beta2):
    """Algorithm 1."""
    identity = np.eye(len(W))
    for t, draw in enumerate(draws):
        dF, dg = nodes.directions(X, Y, draw)
        if t == 0:
            U, V, ZF, Zg = dF, dg, dF, dg
        else:
            U_before, V_before = U, V
            U = (1 - alpha1 * eta) * U + alpha1 * eta * dF
            V = (1 - alpha2 * eta) * V + alpha2 * eta * dg
            ZF = W @ ZF + U - U_before
            Zg = W @ Zg + V - V_before
        X = X - eta * (identity - W) @ X - beta1 * eta * ZF
        Y = Y - eta * (identity - W) @ Y - beta2 * eta * Zg
    return X, Y


def vrdbo(nodes, W, X, Y, draws, *, eta, alpha1, alpha2, beta1, beta2):
    """Algorithm 2; Δ_{t−1} is evaluated at (X_{t−1}, Y_{t−1}) on the samples of step t."""
    identity = np.eye(len(W))
    X_before, Y_before = X, Y
    for t, draw in enumerate(draws):
        dF, dg = nodes.directions(X, Y, draw)
        if t == 0:
            U, V, ZF, Zg = dF, dg, dF, dg
        else:
            U_before, V_before = U, V
            dF_before, dg_before = nodes.directions(X_before, Y_before, draw)
            U = (1 - alpha1 * eta**2) * (U + dF - dF_before) + alpha1 * eta**2 * dF
            V = (1 - alpha2 * eta**2) * (V + dg - dg_before) + alpha2 * eta**2 * dg
            ZF = W @ ZF + U - U_before
            Zg = W @ Zg + V - V_before
        X_before, Y_before = X, Y
        X = X - eta * (identity - W) @ X - beta1 * eta * ZF
        Y = Y - eta * (identity - W) @ Y - beta2 * eta * Zg
    return X, Y
