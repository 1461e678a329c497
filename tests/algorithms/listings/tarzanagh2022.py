"""Tarzanagh et al. 2022 on explicit matrices."""

import numpy as np
from dense_mixings import anywhere

L = 1.7
SETTINGS = {
    "fednest": {
        "alpha": 0.2, "beta": 0.3, "inner_steps": 2, "local_steps": 3, "terms": 4, "lipschitz": L,
    }
}  # fmt: skip


def fednest(
    nodes, W, X, Y, draws, *, alpha, beta, inner_steps, local_steps, terms, lipschitz, project=anywhere
):
    """Tarzanagh et al. 2022, client by client; W · is the server's average of what the clients send it.

    draws are (ξ, ζ, inner ζ) of every step: lists of batches, each with the rows of every client. The number of
    factors is not drawn: the mean over all of them, each with its weight J, is the sum.
    """
    K = range(len(X))
    for xi, zeta, inner in draws:
        inner = iter(inner)
        for _ in range(inner_steps):
            rows = next(inner)
            q = W @ np.stack([nodes.gy(k, X[k], Y[k], rows[k]) for k in K])
            local = Y - beta / local_steps * q
            for _ in range(local_steps - 1):
                rows = next(inner)
                corrected = [
                    nodes.gy(k, X[k], local[k], rows[k]) - nodes.gy(k, X[k], Y[k], rows[k]) + q[k] for k in K
                ]
                local = local - beta / local_steps * np.stack(corrected)
            Y = W @ local
        products = [W @ np.stack([nodes.fy(k, Y[k], xi[0][k]) for k in K])]
        for rows in zeta[1:]:
            moved = [
                v - nodes.hessian(k, rows[k]) @ v / lipschitz for k, v in zip(K, products[-1], strict=True)
            ]
            products.append(W @ np.stack(moved))
        p = np.mean([terms / lipschitz * product for product in products], axis=0)
        h = W @ np.stack([nodes.fx(k, X[k], xi[0][k]) - nodes.jacobian(k, zeta[0][k]) @ p[k] for k in K])
        local = project(X - alpha / local_steps * h)
        for rows in xi[1:]:
            corrected = [nodes.fx(k, local[k], rows[k]) - nodes.fx(k, X[k], rows[k]) + h[k] for k in K]
            local = project(local - alpha / local_steps * np.stack(corrected))
        X = W @ local
    return X, Y
