"""Huang et al. 2023's FedMBO on explicit matrices."""

import numpy as np
from dense_mixings import anywhere


def fedmbo(nodes, W, X, Y, draws, *, inner, alpha, beta, inner_steps, project=anywhere):
    """Huang et al. 2023 with W in the place of the server; draws are the Neumann estimator's."""
    for t, draw in enumerate(draws):
        for n in range(inner_steps):
            Y = np.stack([Y[k] - beta * nodes.gy(k, X[k], Y[k], inner[t][n][k]) for k in range(len(W))])
        Y = W @ Y
        dF, _ = nodes.directions(X, Y, draw)
        X = project(W @ (X - alpha * dF))
    return X, Y
