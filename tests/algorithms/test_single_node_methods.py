"""Single-node methods are the methods that p2pbo says they are: the same iterates as a loop over their papers' updates.

f = ½‖y − c‖² + ½‖x‖² and g = ½ yᵀAy − yᵀBx, on all rows. A product of a drawn number of J = 1 factors is empty.
"""

import numpy as np
import pytest
import torch

import p2pbo
from p2pbo.method_names import SINGLE_NODE_METHODS

A = np.diag([1.0, 2.0])
B = np.array([[1.0, 0.5, 0.0], [0.0, 1.0, 2.0]])
C = np.array([1.0, -1.0])
X0 = np.array([1.0, -2.0, 0.5])
STEPS, L = 4, 2.5


def lower_gradient(x, y):
    return A @ y - B @ x


def direction(x, y, z):
    """fx + hxy(z)."""
    return x - B.T @ z


def series(y, terms):
    """(1/L) Σ_j (I − A/L)^j fy."""
    return sum(np.linalg.matrix_power(np.eye(2) - A / L, j) @ (y - C) for j in range(terms)) / L


def soba(theta=None):
    x, y, z, h = X0, np.zeros(2), np.zeros(2), np.zeros(3)
    for _ in range(STEPS):
        d = direction(x, y, z)
        moved = x - 0.1 * (d if theta is None else h)
        h = h if theta is None else (1 - theta) * h + theta * d
        x, y, z = moved, y - 0.2 * lower_gradient(x, y), z - 0.3 * (A @ z + y - C)
    return x, y


def inner_loop(inner_steps, terms):
    x, y = X0, np.zeros(2)
    for _ in range(STEPS):
        for _ in range(inner_steps):
            y = y - 0.2 * lower_gradient(x, y)
        x = x - 0.1 * direction(x, y, -series(y, terms))
    return x, y


def single_loop(terms):
    x, y = X0, np.zeros(2)
    for _ in range(STEPS):
        x, y = x - 0.1 * direction(x, y, -series(y, terms)), y - 0.2 * lower_gradient(x, y)
    return x, y


STEP_SIZES = {"alpha": 0.1, "beta": 0.2}
ETA = {"eta": 0.1, "beta1": 1.0, "beta2": 2.0, "alpha1": 5.0, "alpha2": 5.0}
CASES = {
    "soba": (soba(), STEP_SIZES | {"gamma": 0.3}),
    "ma-soba": (soba(theta=0.4), STEP_SIZES | {"gamma": 0.3, "theta": 0.4}),
    "stocbio": (inner_loop(3, terms=2), STEP_SIZES | {"inner_steps": 3, "terms": 2, "lipschitz": L}),
    "ttsa": (inner_loop(1, terms=1), STEP_SIZES | {"terms": 1, "lipschitz": L}),
    "alset": (inner_loop(3, terms=1), STEP_SIZES | {"inner_steps": 3, "terms": 1, "lipschitz": L}),
    "mrbo": (single_loop(terms=2), ETA | {"terms": 2, "lipschitz": L}),
    "sustain": (single_loop(terms=1), ETA | {"terms": 1, "lipschitz": L}),
}


@pytest.mark.parametrize("name", SINGLE_NODE_METHODS)
def test_iterates_are_those_of_the_papers_updates(name):
    method, (expected, settings) = SINGLE_NODE_METHODS[name], CASES[name]
    a, b, c = map(torch.tensor, (A, B, C))
    rows = (torch.zeros(3, 1, dtype=torch.float64),)
    problem = p2pbo.Problem(
        upper=lambda x, y, batch: ((y - c) ** 2).sum() / 2 + (x**2).sum() / 2,
        lower=lambda x, y, batch: y @ a @ y / 2 - y @ b @ x,
        dim_x=3,
        dim_y=2,
        nodes=[p2pbo.NodeData(upper=rows, lower=rows)],
        x0=X0,
    )
    trace = p2pbo.run(
        problem=problem,
        algorithm=method.algorithm,
        steps=STEPS,
        settings={**settings, **method.settings},
    )
    np.testing.assert_allclose(trace.final.x[0], expected[0], rtol=1e-12)
    np.testing.assert_allclose(trace.final.y[0], expected[1], rtol=1e-12)
