"""Problems that cannot run as they are written; as a rank program (FOLDER): what every rank says to each."""

import json
import sys
from pathlib import Path

import numpy as np
import torch

import p2pbo
from p2pbo.network import Network
from p2pbo.runner.mpi_world import world

NODES = 4


def mean(x, y, batch):
    return ((batch @ y - 1) ** 2).mean() + (x.exp() * y**2).sum()


def total(x, y, batch):
    return ((batch @ y - 1) ** 2).sum() + (x.exp() * y**2).sum()


class Once(torch.autograd.Function):
    @staticmethod
    def forward(ctx, y):
        ctx.y = y.detach()
        return (y**4).sum()

    @staticmethod
    def backward(ctx, gradient):
        return gradient * 4 * ctx.y**3


def problem(upper=mean, lower=mean, bad=None, **more):
    rows = [np.arange(12.0).reshape(6, 2) / 10 + node for node in range(NODES)]
    if bad is not None:
        rows[bad][5, 1] = np.nan
    data = [p2pbo.NodeData(upper=own, lower=own) for own in rows]
    return p2pbo.Problem(upper, lower, nodes=data, dim_x=2, dim_y=2, lipschitz=1000.0, **more)


CASES = {
    "a sum": ({"lower": total}, "the lower loss is a sum over its rows, and no batch stands for all of them"),
    "a row of the last rank": ({"bad": 3}, "upper data of node 3 holds nan in row 5, which makes"),
    "a lost graph": (
        {"lower": lambda x, y, batch: mean(x, y, batch) + Once.apply(y)},
        "the lower loss cannot be differentiated twice",
    ),
    "a test": (
        {"test": lambda x, y: {"upper_loss": 0.0}},
        "test gives upper_loss, which a trace has already",
    ),
}


def said(name):
    """What p2pbo says before it has planned anything between nodes."""
    try:
        p2pbo.run(problem=problem(**CASES[name][0]), topology="ring", steps=1, settings={"batch": 4})
    except p2pbo.InputError as error:
        return str(error)
    return "nothing"


if __name__ == "__main__":
    comm = world()
    rank = comm.Get_rank() if comm is not None else 0
    Network.__init__ = lambda *_, **__: sys.exit("a network was planned")
    Path(sys.argv[1], f"{rank}.json").write_text(json.dumps({name: said(name) for name in CASES}))
    print(f"ok {rank}\n", end="", flush=True)
