"""Kwon 2023's F2SA over a graph on explicit matrices, in its manner."""


def f2sa(nodes, W, X, Y, U, draws, *, alpha, beta, penalty):
    """Directions of a penalty λ_t, adapt then combine; ``penalty`` gives λ of every step."""
    for draw, weight in zip(draws, penalty, strict=True):
        Dx, Dy, Du = nodes.penalty(X, Y, U, draw, weight)
        X, Y, U = W @ (X - alpha * Dx), W @ (Y - beta * Dy), W @ (U - beta * Du)
    return X, Y, U
