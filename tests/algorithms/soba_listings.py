"""The listings with a variable z, on explicit matrices: Zhang 2023, He 2024, Kong 2024, Zhu 2024, Chen et al. 2023.

As in dense_listings.py nothing is shared with p2pbo but the nodes' data and the drawn batches. Zhang's and Chen's z
are kept with the papers' sign here: p2pbo's is −z.
"""

import numpy as np


def clip(V, radius):
    """Each row inside the ball."""
    return np.stack([v * min(1.0, radius / np.linalg.norm(v)) for v in V])


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


def d_soba(nodes, W, X, Y, Z, draws, *, alpha, beta, gamma, theta, radius):
    """Kong 2024, Alg. 1: momentum on x before mixing, adapt then combine."""
    H = np.zeros_like(X)
    for draw in draws:
        Dx, Dy, Dz = nodes.tracked(X, Y, Z, draw)
        H = (1 - theta) * H + theta * Dx
        X, Y, Z = W @ (X - alpha * H), W @ (Y - beta * Dy), clip(W @ (Z - gamma * Dz), radius)
    return X, Y, Z


def nc_soba(nodes, W, X, Y, Z, draws, *, alpha, beta, gamma, radius):
    """He 2024's uncompressed method, its server replaced by W."""
    return d_soba(nodes, W, X, Y, Z, draws, alpha=alpha, beta=beta, gamma=gamma, theta=1.0, radius=radius)


def sparkle(nodes, W, X, Y, Z, draws, move, *, alpha, beta, gamma, theta):
    """Zhu 2024: D-SOBA's directions; ``move(V_0 … V_k, U_0 … U_k, step)`` gives V_{k+1}."""
    H, Vs, Us = np.zeros_like(X), ([X], [Y], [Z]), ([], [], [])
    for draw in draws:
        D = nodes.tracked(*(V[-1] for V in Vs), draw)
        H = (1 - theta) * H + theta * D[0]
        for U, direction in zip(Us, (H, *D[1:]), strict=True):
            U.append(direction)
        for V, U, step in zip(Vs, Us, (alpha, beta, gamma), strict=True):
            V.append(move(W, V, U, step))
    return tuple(V[-1] for V in Vs)


def sparkle_gt(nodes, W, *rest, **settings):
    return sparkle(nodes, W, *rest, atc_tracking, **settings)


def sparkle_ed(nodes, W, *rest, **settings):
    return sparkle(nodes, W, *rest, exact_diffusion, **settings)


def sparkle_extra(nodes, W, *rest, **settings):
    return sparkle(nodes, W, *rest, extra, **settings)


def differences(Us):
    """U_0, U_1 − U_0, U_2 − U_1, …"""
    return [U - before for U, before in zip(Us, [0 * Us[0], *Us], strict=False)]


def tracker(W, Us, after):
    """T_k = Σ_s W^{k−s+after} (U_s − U_{s−1}): the recursion written out."""
    k = len(Us) - 1
    return sum(np.linalg.matrix_power(W, k - s + after) @ change for s, change in enumerate(differences(Us)))


def gossip(W, Vs, Us, step):
    return W @ Vs[-1] - step * Us[-1]


def atc(W, Vs, Us, step):
    return W @ (Vs[-1] - step * Us[-1])


def atc_tracking(W, Vs, Us, step):
    return W @ (Vs[-1] - step * tracker(W, Us, after=1))


def exact_diffusion(W, Vs, Us, step):
    """V_{k+1} = ½(I + W)(2V_k − V_{k−1} − β(U_k − U_{k−1})): ψ and φ eliminated."""
    change = differences(Us)[-1]
    inner = Vs[-1] - step * change if len(Vs) == 1 else 2 * Vs[-1] - Vs[-2] - step * change
    return 0.5 * (np.eye(len(W)) + W) @ inner


def extra(W, Vs, Us, step):
    """V_{k+2} = (I + W)V_{k+1} − ½(I + W)V_k − β(U_{k+1} − U_k)."""
    if len(Vs) == 1:
        return W @ Vs[0] - step * Us[0]
    more = np.eye(len(W)) + W
    return more @ Vs[-1] - 0.5 * more @ Vs[-2] - step * (Us[-1] - Us[-2])


def innovations(W, Vs, Us, step):
    """C-SOBA without a codec: mix(V) = W V and T = U."""
    return W @ Vs[-1] - step * W @ Us[-1]


def innovations_momentum(W, Vs, Us, step, theta=0.1):
    """CM-SOBA's x without a codec: h_k = θ Σ_{s<k} (1 − θ)^{k−1−s} W U_s."""
    k = len(Us) - 1
    h = sum((theta * (1 - theta) ** (k - 1 - s) * W @ Us[s] for s in range(k)), 0 * Us[0])
    return W @ Vs[-1] - step * h


def error_feedback(W, Vs, Us, step):
    """EF-SOBA's y and z without a codec: T = U whatever the memories hold, and G is tracked."""
    return W @ Vs[-1] - step * tracker(W, Us, after=1)


def error_feedback_late(W, Vs, Us, step):
    """EF-SOBA's x without a codec: G of the step before."""
    return W @ Vs[-1] - step * (tracker(W, Us[:-1], after=1) if len(Us) > 1 else 0)


def ma_dsbo(nodes, W, X, Y, Z, draws, *, inner, alpha, beta, gamma, theta, inner_steps):
    """Chen et al. 2023, with the paper's sign of z; ``inner[t][n]`` are the batches of the loop for y."""
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
        X = W @ X - alpha * r
    return X, Y, -Z


def fedmbo(nodes, W, X, Y, draws, *, inner, alpha, beta, inner_steps):
    """Huang et al. 2023 with W in the place of the server; ``draws`` are the Neumann estimator's."""
    for t, draw in enumerate(draws):
        for n in range(inner_steps):
            Y = np.stack([Y[k] - beta * nodes.gy(k, X[k], Y[k], inner[t][n][k]) for k in range(len(W))])
        Y = W @ Y
        dF, _ = nodes.directions(X, Y, draw)
        X = W @ (X - alpha * dF)
    return X, Y
