"""The quadratic problem on explicit matrices, node by node: what listings are written out with.

Shares nothing with p2pbo but the numbers in the nodes' data and the batches that the Sampler drew.
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

    def gx(self, k, y, rows):
        return self.jacobian(k, rows) @ y

    def penalty(self, X, Y, U, draws, weight):
        """The three directions of a penalty λ: fx + λ(gx(u) − gx(y)), gy(y), gy(u) + fy(u)/λ of every node."""
        Dx, Dy, Du = np.zeros_like(X), np.zeros_like(Y), np.zeros_like(U)
        for k, draw in enumerate(draws):
            apart = self.gx(k, U[k], draw.lower) - self.gx(k, Y[k], draw.lower)
            Dx[k] = self.fx(k, X[k], draw.upper) + weight * apart
            Dy[k] = self.gy(k, X[k], Y[k], draw.lower)
            Du[k] = self.gy(k, X[k], U[k], draw.lower) + self.fy(k, U[k], draw.upper) / weight
        return Dx, Dy, Du

    def tracked_differences(self, X, Y, Z, draws):
        """The same as ``tracked``, whose products are central differences at y ± δz."""
        Dx, Dy, Dz = np.zeros_like(X), np.zeros_like(Y), np.zeros_like(Z)
        for k, draw in enumerate(draws):
            x, y, z, rows = X[k], Y[k], Z[k], draw.lower
            Dx[k], Dy[k] = self.fx(k, x, draw.upper), self.gy(k, x, y, rows)
            Dz[k] = self.fy(k, y, draw.upper)
            if z.any():
                h = np.finfo(float).eps ** (1 / 3) * max(1, np.linalg.norm(y)) / np.linalg.norm(z)
                Dx[k] += (self.gx(k, y + h * z, rows) - self.gx(k, y - h * z, rows)) / (2 * h)
                Dz[k] += (self.gy(k, x, y + h * z, rows) - self.gy(k, x, y - h * z, rows)) / (2 * h)
        return Dx, Dy, Dz

    def tracked(self, X, Y, Z, draws):
        """SOBA's three directions: hxy(z) + fx, gy, hyy(z) + fy of every node."""
        Dx, Dy, Dz = np.zeros_like(X), np.zeros_like(Y), np.zeros_like(Z)
        for k, draw in enumerate(draws):
            Dx[k] = self.jacobian(k, draw.lower) @ Z[k] + self.fx(k, X[k], draw.upper)
            Dy[k] = self.gy(k, X[k], Y[k], draw.lower)
            Dz[k] = self.hessian(k, draw.lower) @ Z[k] + self.fy(k, Y[k], draw.upper)
        return Dx, Dy, Dz
