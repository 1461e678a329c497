"""Hypergradients by JAXopt's implicit differentiation; arguments: a folder to read and one to write.

A script of its own: where JAX has been imported every fork warns, and tests of other things fork.
"""

import json
import sys
from itertools import chain
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jaxopt import implicit_diff, linear_solve

jax.config.update("jax_enable_x64", True)


def cross_entropy(scores, labels):
    return (jax.scipy.special.logsumexp(scores, axis=1) - scores[jnp.arange(len(labels)), labels]).mean()


def logreg_hpo(x, y, batch):
    """(f, g) of Gao 2023 (19)."""
    weights = y.reshape(-1, len(x))
    return cross_entropy(batch["a"] @ weights.T, batch["label"]), (jnp.exp(x) * weights**2).mean()


def mlp(shapes, ridge):
    """(f, g) of He 2024's network: x the hidden layer, y the output layer."""

    def losses(x, y, batch):
        named = dict(chain(_named(x, shapes["x"]), _named(y, shapes["y"])))
        hidden = jnp.maximum(batch["a"] @ named["hidden.weight"].T + named["hidden.bias"], 0)
        scores = hidden @ named["output.weight"].T + named["output.bias"]
        return cross_entropy(scores, batch["label"]), 0.5 * ridge * (y**2).sum()

    return losses


def _named(flat, shapes):
    first = 0
    for name, shape in shapes.items():
        size = int(np.prod(shape))
        yield name, flat[first : first + size].reshape(shape)
        first += size


def implicit_differentiation(losses, data, x, dim_y):
    """y* of the network and ∇Φ at x."""

    def lower(y, x):
        return jnp.mean(jnp.stack([sum(losses(x, y, held)) for _, held in data]))

    def newton(start, x):
        slope, curvature = jax.grad(lower), jax.hessian(lower)
        return jax.lax.fori_loop(
            0, 30, lambda _, y: y - jnp.linalg.solve(curvature(y, x), slope(y, x)), start
        )

    solver = implicit_diff.custom_root(jax.grad(lower), solve=linear_solve.solve_lu)(newton)

    def outer(x):
        y = solver(jnp.zeros(dim_y), x)
        return jnp.mean(jnp.stack([losses(x, y, held)[0] for held, _ in data])), y

    hypergradient, y = jax.jit(jax.grad(outer, has_aux=True))(jnp.asarray(x))
    return np.asarray(y), np.asarray(hypergradient)


def solve(given):
    """y* and ∇Φ of one file."""
    told = json.loads(str(given["told"]))
    losses = logreg_hpo if told["name"] == "logreg-hpo" else mlp(told["shapes"], told["ridge"])
    data = [
        [{k: jnp.asarray(given[f"{node}/{side}/{k}"]) for k in told["fields"]} for side in ("upper", "lower")]
        for node in range(told["nodes"])
    ]
    return implicit_differentiation(losses, data, given["x"], told["dim_y"])


for file in Path(sys.argv[1]).glob("*.npz"):
    y, hypergradient = solve(np.load(file))
    np.savez(Path(sys.argv[2]) / file.name, y=y, hypergradient=hypergradient)
