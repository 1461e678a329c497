"""Mixings on explicit matrices: ``mixing(W, V_0 … V_k, U_0 … U_k, step)`` gives V_{k+1}, for the step size of V.

Recursions are written out or eliminated, unlike p2pbo's.
"""

import numpy as np


def clip(V, radius):
    """Each row inside the ball."""
    return np.stack([v * min(1.0, radius / np.linalg.norm(v)) for v in V])


def anywhere(V):
    """The projection where there are no bounds."""
    return V


def differences(Us):
    """U_0, U_1 − U_0, U_2 − U_1, …"""
    return [U - before for U, before in zip(Us, [0 * Us[0], *Us], strict=False)]


def tracker(W, Us, after):
    """T_k = Σ_s W^{k−s+after} (U_s − U_{s−1}): the recursion written out."""
    k = len(Us) - 1
    return sum(np.linalg.matrix_power(W, k - s + after) @ change for s, change in enumerate(differences(Us)))


def gossip(W, Vs, Us, step):
    return W @ Vs[-1] - step * Us[-1]


def local(W, Vs, Us, step):
    return Vs[-1] - step * Us[-1]


def atc(W, Vs, Us, step):
    return W @ (Vs[-1] - step * Us[-1])


def atc_tracking(W, Vs, Us, step):
    return W @ (Vs[-1] - step * tracker(W, Us, after=1))


def push_pull(W, Vs, Us, step):
    """On an undirected graph: R = C = W."""
    return W @ (Vs[-1] - step * tracker(W, Us, after=0))


def asynchronous_tracking(W, Vs, Us, step):
    """All nodes at once, each message heard before the next step; the first step's tracker is U_0, told to nobody."""
    own = np.diag(np.diag(W))

    def stepped(k):
        return Vs[k] - step * (own @ tracker(W, Us[1 : k + 1], after=0) if k else Us[0])

    k = len(Us) - 1
    return own @ stepped(k) + (W - own) @ stepped(k - 1) if k else stepped(0)


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
