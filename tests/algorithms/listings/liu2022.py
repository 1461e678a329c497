"""Liu 2022's INTERACT on explicit matrices: each node has a y of its own, and inverts its own Hessian."""

import numpy as np
from dense_mixings import tracker


def interact(nodes, W, X, Y, draws, *, alpha, beta):
    """X_{k+1} = W X_k − α T_k, T_k tracks fx − ∇²_xy g [∇²_yy g]⁻¹ fy; Y_{k+1} = Y_k − β gy."""
    Ds = []
    for draw in draws:
        rows = [(k, d.upper, d.lower) for k, d in enumerate(draw)]
        p = [np.linalg.solve(nodes.hessian(k, zeta), nodes.fy(k, Y[k], xi)) for k, xi, zeta in rows]
        direct = [nodes.fx(k, X[k], xi) for k, xi, _ in rows]
        Ds.append(
            np.array(
                [d - nodes.jacobian(k, zeta) @ p[k] for d, (k, _, zeta) in zip(direct, rows, strict=True)]
            )
        )
        gy = np.array([nodes.gy(k, X[k], Y[k], zeta) for k, _, zeta in rows])
        X, Y = W @ X - alpha * tracker(W, Ds, after=0), Y - beta * gy
    return X, Y
