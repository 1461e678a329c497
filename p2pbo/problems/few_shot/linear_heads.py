"""Linear heads fitted to tasks, to measure how well a representation lets few drawings tell characters apart.

V* = argmin_V mean cross-entropy of V on the task's support + (ridge/2)‖V‖²,  V ∈ R^{N×d}, one row a character

With scores S = φ Vᵀ of the support's M rows φ, P = softmax(S) and E their one-hot characters

mean cross-entropy = mean(log Σ exp S − ⟨E, S⟩),      ∇ = (P − E)ᵀ φ/M + ridge V
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TOLERANCE, STEPS = 1e-6, 1000
"""L-BFGS ends where no entry of any task's gradient is larger than TOLERANCE, or after so many steps."""


def linear_head_accuracy(support: NDArray[np.float64], query: NDArray[np.float64], ridge: float) -> float:
    """Return the share of queries whose own character has the highest score, under heads fitted to the support.

    Args:
        support: representations, tasks × ways × shots × d.
        query: representations, tasks × ways × queries × d.
        ridge: of the heads.
    """
    scores = np.einsum("tnqd,tmd->tnqm", query, fit_heads(support, ridge))
    own = np.arange(query.shape[1])[:, None]
    return float(np.mean(scores.argmax(axis=-1) == own))


def fit_heads(support: NDArray[np.float64], ridge: float) -> NDArray[np.float64]:
    """Return V* of every task, tasks × ways × d: the sum of all tasks' losses is minimised at once, from V = 0."""
    from scipy.optimize import minimize
    from scipy.special import logsumexp

    tasks, ways, shots, d = support.shape
    phi = support.reshape(tasks, -1, d)
    E = np.repeat(np.eye(ways), shots, axis=0)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        V = flat.reshape(tasks, ways, d)
        S = phi @ V.swapaxes(1, 2)
        log_P = S - logsumexp(S, axis=2, keepdims=True)
        value = -(E * log_P).sum() / len(E) + 0.5 * ridge * (V**2).sum()
        gradient = (np.exp(log_P) - E).swapaxes(1, 2) @ phi / len(E) + ridge * V
        return value, gradient.ravel()

    options = {"gtol": TOLERANCE, "ftol": 0, "maxiter": STEPS, "maxfun": 2 * STEPS}
    found = minimize(loss, np.zeros(tasks * ways * d), jac=True, method="L-BFGS-B", options=options)
    fitted: NDArray[np.float64] = found.x.reshape(tasks, ways, d)
    return fitted
