"""SOBA and stocBiO on one node, by hand in numpy, torch and JAX, on p2pbo's problem ``logreg-hpo``.

f(x, y) = mean cross-entropy of y on validation rows
g(x, y) = mean cross-entropy of y on training rows + (1/(cd)) Σ exp(x_q) y_pq²

SOBA        x ← x − α (fx + hxy(z)),  y ← y − β gy,  z ← z − γ (hyy(z) + fy)
stocBiO     y ← y − β gy,  x ← x + β hxy(p),  p = (1/L) Σ_j Π_{i≤j} (I − hyy/L) fy, all at the old point: one inner step

Every loop takes the same samples, drawn as p2pbo draws them, and calls ``done`` after each step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = Any
"""Of numpy, torch or JAX."""

Draw = Callable[[int], tuple[list[Any], list[Any]]]
"""The samples of a step: of f, and of g."""


class Data(NamedTuple):
    """One node's rows and labels: to validate on, and to train on."""

    A: NDArray[np.float64]
    a: NDArray[np.int64]
    B: NDArray[np.float64]
    b: NDArray[np.int64]
    classes: int


def as_it_is(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function itself."""
    return function


@dataclass(frozen=True)
class Oracles:
    """What the loops ask at (x, y), each on some samples."""

    fy: Callable[[Array, Array, Any], Array]
    gy: Callable[[Array, Array, Any], Array]
    products: Callable[[Array, Array, Any, Array], tuple[Array, Array]]
    """(hyy(v), hxy(v))"""
    compiled: Callable[[Callable[..., Any]], Callable[..., Any]] = as_it_is
    """Makes a whole step faster, where the library can."""


def in_numpy(data: Data) -> Oracles:
    """Return closed forms in numpy."""
    d, c = data.B.shape[1], data.classes

    def residual(y: Array, rows: Array, labels: Array, batch: Array) -> tuple[Array, Array]:
        drawn = rows.take(batch, 0)
        P = y @ drawn.T
        P -= P.max(0)
        np.exp(P, out=P)
        P /= P.sum(0)
        P[labels.take(batch), np.arange(len(batch))] -= 1
        P /= len(batch)
        return P, drawn

    def fy(x: Array, y: Array, batch: Array) -> Array:
        R, drawn = residual(y, data.A, data.a, batch)
        return R @ drawn

    def gy(x: Array, y: Array, batch: Array) -> Array:
        R, drawn = residual(y, data.B, data.b, batch)
        return R @ drawn + 2 / (c * d) * np.exp(x) * y

    def products(x: Array, y: Array, batch: Array, v: Array) -> tuple[Array, Array]:
        drawn = data.B.take(batch, 0)
        P = y @ drawn.T
        P -= P.max(0)
        np.exp(P, out=P)
        P /= P.sum(0)
        T = v @ drawn.T
        T -= (P * T).sum(0)
        T *= P
        T /= len(batch)
        penalty = 2 / (c * d) * np.exp(x)
        return T @ drawn + penalty * v, (penalty * y * v).sum(0)

    return Oracles(fy, gy, products)


def in_torch(data: Data) -> Oracles:
    """Return derivatives by torch.autograd."""
    import torch

    A, a, B, b = (torch.from_numpy(part) for part in data[:4])
    cross_entropy = torch.nn.functional.cross_entropy

    def f(y: Array, batch: Array) -> Array:
        return cross_entropy(A[batch] @ y.T, a[batch])

    def g(x: Array, y: Array, batch: Array) -> Array:
        return cross_entropy(B[batch] @ y.T, b[batch]) + (x.exp() * y**2).mean()

    def fy(x: Array, y: Array, batch: Array) -> Array:
        y = y.requires_grad_()
        return torch.autograd.grad(f(y, batch), y)[0]

    def gy(x: Array, y: Array, batch: Array) -> Array:
        y = y.requires_grad_()
        return torch.autograd.grad(g(x, y, batch), y)[0].detach()

    def products(x: Array, y: Array, batch: Array, v: Array) -> tuple[Array, Array]:
        x, y = x.requires_grad_(), y.requires_grad_()
        (gradient,) = torch.autograd.grad(g(x, y, batch), y, create_graph=True)
        hyy, hxy = torch.autograd.grad(gradient, (y, x), v)
        return hyy, hxy

    return Oracles(fy, gy, products)


def in_jax(data: Data) -> Oracles:
    """Return compiled derivatives by JAX."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call]
    A, a, B, b = (jnp.asarray(part) for part in data[:4])

    def cross_entropy(y: Array, rows: Array, labels: Array) -> Array:
        scores = jax.nn.log_softmax(rows @ y.T, axis=1)
        return -scores[jnp.arange(len(labels)), labels].mean()

    def f(x: Array, y: Array, batch: Array) -> Array:
        return cross_entropy(y, A[batch], a[batch])

    def g(x: Array, y: Array, batch: Array) -> Array:
        return cross_entropy(y, B[batch], b[batch]) + (jnp.exp(x) * y**2).mean()

    gy = jax.grad(g, argnums=1)

    def products(x: Array, y: Array, batch: Array, v: Array) -> tuple[Array, Array]:
        hxy, hyy = jax.vjp(lambda x, y: gy(x, y, batch), x, y)[1](v)
        return hyy, hxy

    return Oracles(jax.grad(f, argnums=1), gy, products, jax.jit)


def soba(
    of: Oracles, x: Array, y: Array, draw: Draw, step: float, steps: int, done: Callable[[], None]
) -> Array:
    """Take steps of SOBA with α = β = γ = ``step``; return x."""

    def moved(x: Array, y: Array, z: Array, xi: Any, zeta: Any) -> tuple[Array, ...]:
        hyy, hxy = of.products(x, y, zeta, z)
        Dz = hyy + of.fy(x, y, xi)
        Dy = of.gy(x, y, zeta)
        return x - step * hxy, y - step * Dy, z - step * Dz

    moved, z = of.compiled(moved), 0 * y
    for t in range(steps):
        (xi,), (zeta,) = draw(t)
        x, y, z = map(detached, moved(x, y, z, xi, zeta))
        done()
    return x


def stocbio(
    of: Oracles, x: Array, y: Array, draw: Draw, step: float, L: float, steps: int, done: Callable[[], None]
) -> Array:
    """Take steps of stocBiO, with one inner step each; return x."""

    def moved(x: Array, y: Array, xi: Any, zeta: Any, cross: Any, *factors: Any) -> tuple[Array, ...]:
        q = p = of.fy(x, y, xi)
        for batch in factors:
            q = q - of.products(x, y, batch, q)[0] / L
            p = p + q
        Dx = -of.products(x, y, cross, p / L)[1]
        Dy = of.gy(x, y, zeta)
        return x - step * Dx, y - step * Dy

    moved = of.compiled(moved)
    for t in range(steps):
        (xi,), lower = draw(t)
        x, y = map(detached, moved(x, y, xi, *lower))
        done()
    return x


def detached(array: Array) -> Array:
    """Return an array without torch's graph."""
    return array.detach() if hasattr(array, "detach") else array
