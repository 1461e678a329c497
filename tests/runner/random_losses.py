"""A problem whose losses draw at random; as a rank program (FOLDER): its runs, each with a trace in FOLDER."""

import sys
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, dropout

import p2pbo
from p2pbo.algorithms import ALGORITHMS
from p2pbo.runner.mpi_world import launched_rank

NODES = 4
OF_THE_PROBLEM = [name for name in ALGORITHMS if ALGORITHMS.make(name).variant is None]
STEP_SIZES = {"mdbo": {"eta": 0.3}, "vrdbo": {"eta": 0.3}}


def noisy(x, y, samples):
    """Dropout of the inputs by torch, noise of the labels by numpy: y's own mean is left alone."""
    a, b = samples
    noise = torch.as_tensor(np.random.uniform(-0.1, 0.1, len(b)))
    return binary_cross_entropy_with_logits(dropout(a, 0.5) @ y, b + noise)


def penalised(x, y, samples):
    return noisy(x, y, samples) + (x.exp() * y**2).sum()


def problem(upper=noisy, lower=penalised, lower_level="shared"):
    draw = torch.Generator().manual_seed(0)

    def rows(count):
        a = torch.randn(count, 3, generator=draw, dtype=torch.float64)
        return a, (a.sum(1) > 0).double()

    data = [p2pbo.NodeData(upper=rows(9), lower=rows(9 + node)) for node in range(NODES)]
    known = {"dim_x": 3, "dim_y": 3, "lipschitz": 8.0, "lower_level": lower_level}
    return p2pbo.Problem(upper=upper, lower=lower, nodes=data, **known)


def run(algorithm="mdbo", given=None, batch=6, **more):
    settings = {"batch": batch, **STEP_SIZES.get(algorithm, {}), **more.pop("settings", {})}
    options = {"topology": "ring", "steps": 4, "seed": 3, "log_every": 2, "settings": settings}
    options |= {"compute_time": "10ms", **more}
    given = given or problem(lower_level=ALGORITHMS.make(algorithm).lower_level)
    return p2pbo.run(problem=given, algorithm=algorithm, **options)


def runs():
    """Name and keywords of those that must be the same on every number of ranks."""
    for algorithm in ("mdbo", "vrdbo", "sparkle-gt", "ma-dsbo", "fednest", "rabo"):
        yield algorithm, {"algorithm": algorithm}
    yield "all rows", {"algorithm": "vrdbo", "batch": None}
    yield "codec", {"codec": "randk:0.5"}


if __name__ == "__main__":
    for name, given in runs():
        run(**given, out=Path(sys.argv[1], f"{name}.h5"))
    print(f"ok {launched_rank()}\n", end="", flush=True)
