"""Runs from a start for each node, by epochs, with batches of two sizes; as a rank program (FOLDER): all of them."""

import sys
from pathlib import Path

import numpy as np

import p2pbo
from p2pbo.problems import PROBLEMS, ProblemContext
from p2pbo.runner.mpi_world import launched_rank

NODES, STEPS, TERMS, L = 5, 40, 4, 1.7
UPPER, LOWER, FIRST = 6, 9, 12
STEP_SIZES = {
    "vrdbo": {"eta": 0.3, "alpha1": 5.0, "alpha2": 4.0, "beta1": 0.6, "beta2": 0.8},
    "d-soba": {"alpha": 0.05, "beta": 0.2, "gamma": 0.2, "theta": 0.3},
}
OTHERS = {"vrdbo": {"terms": TERMS, "lipschitz": L, "first_batch": FIRST}, "d-soba": {"radius": "off"}}


def starts():
    """X, Y and Z, a row for each node."""
    draw = np.random.default_rng(4)
    return [draw.standard_normal((NODES, dim)) for dim in (3, 4, 4)]


def problem():
    """A quadratic problem whose losses torch differentiates."""
    made = PROBLEMS.make("quadratic", ProblemContext(NODES), dim_x=3, dim_y=4, samples=20)
    X, Y, Z = starts()
    return p2pbo.Problem(made.upper, made.lower, nodes=made.nodes, x0=X, y0=Y, z0=Z)


def run(method, out=None, **given):
    settings = {"batch": UPPER, "batch_lower": LOWER, **OTHERS[method], **STEP_SIZES[method]}
    usual = {"problem": problem(), "sampling": "epochs", "settings": settings, "seed": 7}
    return p2pbo.run(algorithm=method, **{**usual, "steps": STEPS, "log_every": 20, "out": out, **given})


if __name__ == "__main__":
    for method in STEP_SIZES:
        run(method, Path(sys.argv[1], f"{method}.h5"))
    print(f"ok {launched_rank()}\n", end="", flush=True)
