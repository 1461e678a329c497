"""Chen et al. 2023's MA-DSBO on explicit matrices; z has the paper's sign here: p2pbo's is −z."""

import numpy as np
from dense_mixings import anywhere


def ma_dsbo(nodes, W, X, Y, Z, draws, *, inner, alpha, beta, gamma, theta, inner_steps, project=anywhere):
    """Chen et al. 2023, with the paper's sign of z; inner[t][n] are the batches of the loop for y."""
    r = np.zeros_like(X)
    K = range(len(W))
    for t, draw in enumerate(draws):
        for n in range(inner_steps):
            gy = np.stack([nodes.gy(k, X[k], Y[k], inner[t][n][k]) for k in K])
            Y = W @ Y - beta * gy
        H = [nodes.hessian(k, draw[k].lower) for k in K]
        b = np.stack([nodes.fy(k, Y[k], draw[k].upper) for k in K])
        Z = np.zeros_like(Y)
        R = S = -b
        for _ in range(inner_steps):
            Z = W @ Z - gamma * R
            S_before, S = S, np.stack([H[k] @ Z[k] for k in K]) - b
            R = W @ R + S - S_before
        u = np.stack([nodes.fx(k, X[k], draw[k].upper) - nodes.jacobian(k, draw[k].lower) @ Z[k] for k in K])
        r = (1 - theta) * r + theta * u
        X = project(W @ X - alpha * r)
    return X, Y, -Z
