"""Li 2024's listings on explicit matrices: by a server as printed but with the right signs, and over a graph.

Masks are K×d arrays of 0 and 1, one pair for each round.
"""

import numpy as np


def neumann(nodes, k, x, y, draw, m_x, m_y):
    """fx − hxy(p), p = (1/L) Σ_j Π_{l≤j} (I − H_l/L) fy on the masked entries of y."""
    kept = np.flatnonzero(m_y)
    fy = nodes.fy(k, y, draw.upper)[kept]
    p, term = fy.copy(), fy
    for rows in draw.factors:
        H = nodes.hessian(k, rows)[np.ix_(kept, kept)]
        term = term - H @ term / nodes.L
        p = p + term
    return (nodes.fx(k, x, draw.upper) - nodes.jacobian(k, draw.cross)[:, kept] @ p / nodes.L) * m_x


def differences(unroll, beta, mu):
    """fx + Σ_p ⟨(y_N(x + μe_p) − y_N(x))/μ, fy⟩ e_p over the masked coordinates."""

    def hypergradient(nodes, k, x, y, draw, m_x, m_y):
        def answer(at):
            v = y.copy()
            for rows in draw.factors[:unroll]:
                v = v - beta * nodes.gy(k, at, v, rows) * m_y
            return v

        h = nodes.fx(k, x, draw.upper) * m_x
        fy = nodes.fy(k, y, draw.upper) * m_y
        for p in np.flatnonzero(m_x):
            there = x.copy()
            there[p] += mu
            h[p] += (answer(there) - answer(x)) @ fy / mu
        return h

    return hypergradient


UNROLL, SMOOTHING = 4, 1e-3
STEP_SIZES = {"alpha": 0.2, "beta": 0.3}
HYPERGRADIENT = {"rabo": neumann, "rafbo": differences(UNROLL, STEP_SIZES["beta"], SMOOTHING)}
"""Of Li 2024's two methods."""

MASKS = {"fedavg": None, "static": "static", "oap": "random", "fedrolex": "rolling", "fiarse": "importance"}
"""The policies of the methods that train x and y together; of whole models there is none."""

VARIANT = {"protonet": "prototypes", "fo-maml": "maml"}
"""The losses of the methods that are FedAvg on other losses."""


def trained_y(nodes, k, x, y, m_y, batches, beta):
    """T local steps of the submodel."""
    for rows in batches:
        y = y - beta * nodes.gy(k, x, y, rows[k]) * m_y
    return y


def server(nodes, hypergradient, x, y, rounds, *, alpha, beta):
    """Algorithm 1; rounds holds (masks of x, masks of y, local batches, draws)."""
    K = len(nodes.upper)
    for M_x, M_y, inner, draws in rounds:
        G = np.zeros((K, len(y)))
        for k in range(K):
            start = y * M_y[k]
            G[k] = (trained_y(nodes, k, x * M_x[k], start, M_y[k], inner, beta) - start) / beta
        y_next = y.copy()
        for entry in range(len(y)):
            covering = np.flatnonzero(M_y[:, entry])
            if len(covering):
                y_next[entry] = y[entry] + beta * G[covering, entry].mean()  # printed: −, which climbs
        y = y_next
        H = [hypergradient(nodes, k, x * M_x[k], y * M_y[k], draws[k], M_x[k], M_y[k]) for k in range(K)]
        x_next = x.copy()
        for entry in range(len(x)):
            covering = np.flatnonzero(M_x[:, entry])
            if len(covering):
                x_next[entry] = x[entry] - alpha * np.mean([H[k][entry] for k in covering])
        x = x_next
    return x, y


def averaged(W, M, V):
    """Σ_j w_ij m_jk v_jk / Σ_j w_ij m_jk; v_ik where nobody around i has k."""
    result = V.copy()
    for i in range(len(W)):
        for k in range(V.shape[1]):
            weights = W[i] * M[:, k]
            if weights.sum() > 0:
                result[i, k] = weights @ V[:, k] / weights.sum()
    return result


def graph(nodes, hypergradient, W, X, Y, rounds, *, alpha, beta):
    """The same over a graph, every node with rows of its own."""
    K = range(len(W))
    for M_x, M_y, inner, draws in rounds:
        moved = Y.copy()
        for k in K:
            own = Y[k] * M_y[k]
            moved[k] += trained_y(nodes, k, X[k] * M_x[k], own, M_y[k], inner, beta) - own
        Y = averaged(W, M_y, moved)
        H = [hypergradient(nodes, k, X[k] * M_x[k], Y[k] * M_y[k], draws[k], M_x[k], M_y[k]) for k in K]
        X = averaged(W, M_x, X - alpha * np.stack(H))
    return X, Y
