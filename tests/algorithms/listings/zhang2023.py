"""Zhang 2023's listing on explicit matrices; z has the paper's sign here: p2pbo's is −z."""

import numpy as np
from dense_mixings import clip


def cd_bsvrgd(nodes, W, X, Y, Z, draws, *, eta, alpha1, alpha2, alpha3, beta1, beta2, beta3, radius):
    """Zhang 2023, Alg. 1, with the paper's sign: z follows +[∇²_yy g]⁻¹ fy."""
    alphas, betas = (alpha1, alpha2, alpha3), (beta1, beta2, beta3)

    def directions(point, draw):
        X, Y, Z = point
        Dx, Dy, Dz = np.zeros_like(X), np.zeros_like(Y), np.zeros_like(Z)
        for k, of in enumerate(draw):
            Dx[k] = nodes.fx(k, X[k], of.upper) - nodes.jacobian(k, of.lower) @ Z[k]
            Dy[k] = nodes.gy(k, X[k], Y[k], of.lower)
            Dz[k] = nodes.hessian(k, of.lower) @ Z[k] - nodes.fy(k, Y[k], of.upper)
        return Dx, Dy, Dz

    point = before = [X, Y, -Z]
    for t, draw in enumerate(draws):
        D = directions(point, draw)
        if t == 0:
            U = P = D
        else:
            D_before, U_before = directions(before, draw), U
            U = [d + (1 - a * eta**2) * (u - b) for d, u, b, a in zip(D, U, D_before, alphas, strict=True)]
            P = [W @ p + u - b for p, u, b in zip(P, U, U_before, strict=True)]
        half = [W @ V - beta * p for V, p, beta in zip(point, P, betas, strict=True)]
        half[2] = clip(half[2], radius)
        before, point = point, [V + eta * (h - V) for V, h in zip(point, half, strict=True)]
    return point[0], point[1], -point[2]
