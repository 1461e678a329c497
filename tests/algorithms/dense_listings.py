"""Gao 2023's listings on explicit matrices, node by node: what p2pbo's stacked rows are compared with.

Shares nothing with p2pbo but the numbers in the nodes' data and the batches that the Sampler drew. Symbols are the
listings': U, V estimate Δ^F̃ and Δ^g, ZF and Zg track them. States are K×d here, so the paper's XW is W X.
"""

from dataclasses import dataclass

import numpy as np


def ring(nodes):
    """W of a ring with Metropolis weights: a third for the node and for each of its two neighbours."""
    W = np.zeros((nodes, nodes))
    for k in range(nodes):
        W[k, [k - 1, k, (k + 1) % nodes]] = 1 / 3
    return W


@dataclass
class Draws:
    """One node's batches of one step: ξ, ζ, ζ₀ and ζ_1, ζ_2, … (as many as there are factors)."""

    upper: np.ndarray | slice
    lower: np.ndarray | slice
    cross: np.ndarray | slice
    factors: list


def of_every_node(batches, nodes):
    """Lists of hosted×size batches as the listings take them: for each node its rows."""
    return [[slice(None)] * nodes if batch is None else list(batch) for batch in batches]


def one_each(sampler, step, size):
    """Every node's one ξ and one ζ: what the tracked hypergradient draws."""
    return drawn(sampler, step, size, 1, batches="shared")


def drawn(sampler, step, size, terms, kind="sum", batches="fresh"):
    """Every node's draws: the one thing that both sides share."""
    longest = {"random": terms, "random-paper": terms + 1}
    nodes = len(sampler.depths(step, 1))
    depth = sampler.depths(step, longest[kind]) if kind in longest else np.full(nodes, terms - 1)
    fresh = 2 + depth.max() if batches == "fresh" else 1
    (upper,), lower = sampler.batches(step, size, upper=1, lower=int(fresh))
    lower = lower if batches == "fresh" else lower * (2 + depth.max())
    everything = slice(None)

    def of_node(k):
        zeta, zeta0, *more = (everything if batch is None else batch[k] for batch in lower)
        return Draws(everything if upper is None else upper[k], zeta, zeta0, more[: depth[k]])

    return [of_node(k) for k in range(nodes)]


class DenseNodes:
    """The quadratic problem's f and g of every node, with explicit Hessians and Jacobians."""

    def __init__(self, problem, L, terms, kind="sum"):
        self.upper = [{name: leaf.numpy() for name, leaf in node.upper.items()} for node in problem.nodes]
        self.lower = [{name: leaf.numpy() for name, leaf in node.lower.items()} for node in problem.nodes]
        self.L, self.J, self.kind = L, terms, kind

    def fx(self, k, x, rows):
        return (self.upper[k]["mu"][rows][:, None] * (x - self.upper[k]["e"][rows])).mean(0)

    def fy(self, k, y, rows):
        return (y - self.upper[k]["c"][rows]).mean(0)

    def hessian(self, k, rows):
        """∇²_yy g, dy×dy."""
        return (self.lower[k]["a"][rows][:, None, None] * self.lower[k]["A"][rows]).mean(0)

    def jacobian(self, k, rows):
        """∇²_xy g, dx×dy."""
        return -self.lower[k]["B"][rows].mean(0).T

    def gy(self, k, x, y, rows):
        return self.hessian(k, rows) @ y + self.jacobian(k, rows).T @ x - self.lower[k]["b"][rows].mean(0)

    def inverse(self, k, factors):
        """What stands for H⁻¹: (1/L) Σ_{j<J} Π_{l≤j} (I − H_l/L), or J/L Π_{j≤J̃} (I − H_j/L) as in (4)."""
        product = np.eye(self.upper[k]["c"].shape[1])
        total = product.copy()
        for rows in factors:
            product = product @ (np.eye(len(product)) - self.hessian(k, rows) / self.L)
            total += product
        return total / self.L if self.kind == "sum" else self.J / self.L * product

    def directions(self, X, Y, draws):
        """Δ^F̃ and Δ^g: (4) and ∇_y g of every node."""
        dF, dg = np.zeros_like(X), np.zeros_like(Y)
        for k, draw in enumerate(draws):
            p = self.inverse(k, draw.factors) @ self.fy(k, Y[k], draw.upper)
            dF[k] = self.fx(k, X[k], draw.upper) - self.jacobian(k, draw.cross) @ p
            dg[k] = self.gy(k, X[k], Y[k], draw.lower)
        return dF, dg

    def tracked(self, X, Y, Z, draws):
        """SOBA's three directions: hxy(z) + fx, gy, hyy(z) + fy of every node."""
        Dx, Dy, Dz = np.zeros_like(X), np.zeros_like(Y), np.zeros_like(Z)
        for k, draw in enumerate(draws):
            Dx[k] = self.jacobian(k, draw.lower) @ Z[k] + self.fx(k, X[k], draw.upper)
            Dy[k] = self.gy(k, X[k], Y[k], draw.lower)
            Dz[k] = self.hessian(k, draw.lower) @ Z[k] + self.fy(k, Y[k], draw.upper)
        return Dx, Dy, Dz


def dsbo(nodes, W, X, Y, draws, *, eta):
    for draw in draws:
        dF, dg = nodes.directions(X, Y, draw)
        X, Y = W @ X - eta * dF, W @ Y - eta * dg
    return X, Y


def gdsbo(nodes, W, X, Y, draws, *, eta, alpha1, alpha2):
    for t, draw in enumerate(draws):
        dF, dg = nodes.directions(X, Y, draw)
        if t == 0:
            U, V = dF, dg
        else:
            U = (1 - alpha1 * eta) * U + alpha1 * eta * dF
            V = (1 - alpha2 * eta) * V + alpha2 * eta * dg
        X, Y = W @ X - eta * U, W @ Y - eta * V
    return X, Y


def mdbo(nodes, W, X, Y, draws, *, eta, alpha1, alpha2, beta1, beta2):
    """Algorithm 1."""
    identity = np.eye(len(W))
    for t, draw in enumerate(draws):
        dF, dg = nodes.directions(X, Y, draw)
        if t == 0:
            U, V, ZF, Zg = dF, dg, dF, dg
        else:
            U_before, V_before = U, V
            U = (1 - alpha1 * eta) * U + alpha1 * eta * dF
            V = (1 - alpha2 * eta) * V + alpha2 * eta * dg
            ZF = W @ ZF + U - U_before
            Zg = W @ Zg + V - V_before
        X = X - eta * (identity - W) @ X - beta1 * eta * ZF
        Y = Y - eta * (identity - W) @ Y - beta2 * eta * Zg
    return X, Y


def vrdbo(nodes, W, X, Y, draws, *, eta, alpha1, alpha2, beta1, beta2):
    """Algorithm 2; Δ_{t−1} is evaluated at (X_{t−1}, Y_{t−1}) on the samples of step t."""
    identity = np.eye(len(W))
    X_before, Y_before = X, Y
    for t, draw in enumerate(draws):
        dF, dg = nodes.directions(X, Y, draw)
        if t == 0:
            U, V, ZF, Zg = dF, dg, dF, dg
        else:
            U_before, V_before = U, V
            dF_before, dg_before = nodes.directions(X_before, Y_before, draw)
            U = (1 - alpha1 * eta**2) * (U + dF - dF_before) + alpha1 * eta**2 * dF
            V = (1 - alpha2 * eta**2) * (V + dg - dg_before) + alpha2 * eta**2 * dg
            ZF = W @ ZF + U - U_before
            Zg = W @ Zg + V - V_before
        X_before, Y_before = X, Y
        X = X - eta * (identity - W) @ X - beta1 * eta * ZF
        Y = Y - eta * (identity - W) @ Y - beta2 * eta * Zg
    return X, Y
