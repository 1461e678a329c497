"""FedAvg over a graph on explicit matrices, as the methods that Li 2024 compares RABO with are.

Masks are K×d arrays of 0 and 1, one pair for each round.
"""

from dense_mixings import anywhere
from listings.li2024 import averaged


def fedavg(nodes, W, X, Y, rounds, *, alpha, beta, project=anywhere):
    """Local steps along the upper loss on the submodel, then averages over those who train an entry."""
    for M_x, M_y, inner in rounds:
        X, Y = X.copy(), Y.copy()
        for batch in inner:
            for k in range(len(W)):
                rows = slice(None) if batch is None else batch[k]
                x, y = X[k] * M_x[k], Y[k] * M_y[k]
                X[k] = project(X[k] - alpha * nodes.fx(k, x, rows) * M_x[k])
                Y[k] -= beta * nodes.fy(k, y, rows) * M_y[k]
        X, Y = averaged(W, M_x, X), averaged(W, M_y, Y)
    return X, Y
