"""Hypergradients against JAXopt's implicit differentiation, which shares nothing with p2pbo but the numbers."""

import warnings
from itertools import chain

import numpy as np
import pytest
from stepping import oracles_and_sampler

from p2pbo.algorithms.hypergradients.neumann import Neumann
from p2pbo.algorithms.hypergradients.tracked import Tracked
from p2pbo.problems import PROBLEMS, Instance
from p2pbo.problems.implicit import Average, solve

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # JAXopt says that it is finished
    import jax
    import jax.numpy as jnp
    from jaxopt import implicit_diff, linear_solve

jax.config.update("jax_enable_x64", True)

CLASSES = {"samples": 120, "features": 4, "classes": 3}


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


def problem_and_losses(name, nodes):
    options = {"hidden": 3, "ridge": 0.05} if name == "hyper-representation" else {}
    problem = PROBLEMS.make(name, Instance(nodes, 0, "synthetic", CLASSES), **options)
    shapes = {"x": problem.x.shapes, "y": problem.y.shapes}
    return problem, logreg_hpo if name == "logreg-hpo" else mlp(shapes, options["ridge"])


def implicit_differentiation(problem, losses, x):
    """y* of the network and ∇Φ at x by JAXopt."""
    data = [
        [{k: jnp.asarray(np.asarray(v)) for k, v in side.items()} for side in (n.upper, n.lower)]
        for n in problem.nodes
    ]

    def lower(y, x):
        return jnp.mean(jnp.stack([sum(losses(x, y, held)) for _, held in data]))

    def newton(start, x):
        slope, curvature = jax.grad(lower), jax.hessian(lower)
        return jax.lax.fori_loop(
            0, 30, lambda _, y: y - jnp.linalg.solve(curvature(y, x), slope(y, x)), start
        )

    solver = implicit_diff.custom_root(jax.grad(lower), solve=linear_solve.solve_lu)(newton)

    def outer(x):
        y = solver(jnp.zeros(problem.dim_y), x)
        return jnp.mean(jnp.stack([losses(x, y, held)[0] for held, _ in data])), y

    hypergradient, y = jax.jit(jax.grad(outer, has_aux=True))(jnp.asarray(x))
    return np.asarray(y), np.asarray(hypergradient)


def close(found, expected):
    return np.linalg.norm(found - expected) <= 1e-6 * np.linalg.norm(expected)


@pytest.fixture(scope="module", params=["logreg-hpo", "hyper-representation"])
def solved(request):
    """For one and for three nodes: the problem, a point x, y* and ∇Φ."""

    def at(nodes):
        problem, losses = problem_and_losses(request.param, nodes)
        x = problem.x.start + 0.3 * np.random.default_rng(1).standard_normal(problem.dim_x)
        return problem, x, *implicit_differentiation(problem, losses, x)

    return {nodes: at(nodes) for nodes in (1, 3)}


def test_neumann_series_with_many_terms(solved):
    """One node, whose own Hessian is the network's."""
    problem, x, y, expected = solved[1]
    oracles, sampler = oracles_and_sampler(problem)
    H = np.stack([oracles.lower(x[None], y[None], None).hyy(unit[None])[0] for unit in np.eye(problem.dim_y)])
    smallest, *_, largest = np.linalg.eigvalsh(H)
    neumann = Neumann(problem, lipschitz=1.01 * largest, terms=int(25 * largest / smallest))
    found, gy = neumann.directions(oracles, (x[None], y[None]), neumann.draw(sampler, 0, None))
    assert np.abs(gy).max() < 1e-10
    assert close(found[0], expected)
    few = Neumann(problem, lipschitz=1.01 * largest, terms=2)
    assert not close(few.directions(oracles, (x[None], y[None]), few.draw(sampler, 0, None))[0][0], expected)


@pytest.mark.parametrize("nodes", [1, 3])
def test_the_tracked_directions_average_at_the_exact_z(solved, nodes):
    """mean Dx = ∇Φ, mean Dy = 0 and mean Dz = 0 at (x, y*, z*), z* from explicit Hessians."""
    problem, x, y, expected = solved[nodes]
    oracles, sampler = oracles_and_sampler(problem)
    X, Y = np.tile(x, (nodes, 1)), np.tile(y, (nodes, 1))
    lower = oracles.lower(X, Y, None)
    H = np.stack([lower.hyy(np.tile(unit, (nodes, 1))).mean(0) for unit in np.eye(problem.dim_y)])
    z = -np.linalg.solve(H, oracles.upper(X, Y, None)[1].mean(0))
    tracked = Tracked(problem)
    Dx, Dy, Dz = tracked.directions(oracles, (X, Y, np.tile(z, (nodes, 1))), tracked.draw(sampler, 0, None))
    assert close(Dx.mean(0), expected)
    assert np.abs(Dy.mean(0)).max() < 1e-10
    assert np.abs(Dz.mean(0)).max() < 1e-10


@pytest.mark.parametrize("nodes", [1, 3])
def test_the_exact_metrics_solver(solved, nodes):
    problem, x, y, expected = solved[nodes]
    oracles, _ = oracles_and_sampler(problem)
    exact = solve(Average.of(oracles, x, nodes), problem.y.start)
    assert close(exact.y, y)
    assert close(exact.hypergradient, expected)
