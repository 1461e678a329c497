"""Tian 2018's and R-FAST's ledger on explicit matrices, where all nodes step at the same times.

What a node tells its neighbours after a step is heard before the next. told[i, j] is all that i has handed on to j.
"""

import numpy as np
from dense_mixings import anywhere, clip


def ledger(W, Vs, estimates, steps, eta, count, projections):
    """V of each variable after so many steps; estimates(t, Vs) are the U of a step."""
    own = np.diag(np.diag(W))
    told = [np.zeros((*W.shape, V.shape[1])) for V in Vs]
    heard, sent = told, None
    for t in range(count):
        halves = [
            U + of.sum(axis=0) - to.sum(axis=1)
            for U, of, to in zip(estimates(t, Vs), heard, told, strict=True)
        ]
        if t:
            told = [
                to + np.einsum("ji,id->ijd", W - own, half) for to, half in zip(told, halves, strict=True)
            ]
        trackers = [own @ half if t else half for half in halves]
        out = [V - step * T for V, step, T in zip(Vs, steps, trackers, strict=True)]
        mixed = [own @ v + (W - own) @ before for v, before in zip(out, sent, strict=True)] if t else out
        Vs = [V + eta * (project(M) - V) for V, M, project in zip(Vs, mixed, projections, strict=True)]
        heard, sent = told, out
    return tuple(Vs)


def async_soba(nodes, W, X, Y, Z, draws, *, alpha, beta, gamma, radius):
    """SOBA's directions as they are."""

    def estimates(t, Vs):
        return nodes.tracked(*Vs, draws[t])

    projections = (anywhere, anywhere, lambda Z: clip(Z, radius))
    return ledger(W, [X, Y, Z], estimates, (alpha, beta, gamma), 1.0, len(draws), projections)


def async_mdbo(nodes, W, X, Y, draws, *, eta, alpha1, alpha2, beta1, beta2):
    """MDBO's U and V of Gao 2023, Alg. 1, line 5."""
    Us = None

    def estimates(t, Vs):
        nonlocal Us
        D = nodes.directions(*Vs, draws[t])
        weights = (alpha1 * eta, alpha2 * eta) if t else (1, 1)
        Us = [(1 - a) * U + a * d for a, U, d in zip(weights, Us or D, D, strict=True)]
        return Us

    return ledger(W, [X, Y], estimates, (beta1, beta2), eta, len(draws), (anywhere, anywhere))


def async_vrdbo(nodes, W, X, Y, draws, *, eta, alpha1, alpha2, beta1, beta2):
    """VRDBO's U and V of Gao 2023, Alg. 2, line 5."""
    Us, before = None, None

    def estimates(t, Vs):
        nonlocal Us, before
        D = nodes.directions(*Vs, draws[t])
        if t:
            old, weights = nodes.directions(*before, draws[t]), (alpha1 * eta**2, alpha2 * eta**2)
            D = [(1 - a) * (U + d - o) + a * d for a, U, d, o in zip(weights, Us, D, old, strict=True)]
        Us, before = D, Vs
        return Us

    return ledger(W, [X, Y], estimates, (beta1, beta2), eta, len(draws), (anywhere, anywhere))
