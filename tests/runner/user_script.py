"""A user's script with a problem of their own, the same with and without mpiexec: ridge weights by hypergradients."""

import sys

import torch

import p2pbo


def upper(x, y, batch):
    return ((batch["a"] @ y - batch["b"]) ** 2).mean()


def lower(x, y, batch):
    return upper(x, y, batch) + (x.exp() * y**2).mean()


def rows(count, seed):
    draw = torch.Generator().manual_seed(seed)
    a = torch.randn(count, 3, generator=draw, dtype=torch.float64)
    return {"a": a, "b": a.sum(1)}


def run(**more):
    nodes = [p2pbo.NodeData(upper=rows(8, node), lower=rows(12 + node, 10 + node)) for node in range(4)]
    problem = p2pbo.Problem(upper=upper, lower=lower, dim_x=3, dim_y=3, nodes=nodes, lipschitz=20.0)
    settings = {"eta": 0.05, "batch": 4}
    return p2pbo.run(problem=problem, topology="line", steps=4, seed=1, settings=settings, **more)


if __name__ == "__main__":
    trace = run(out=sys.argv[1])
    print(f"trace: {trace and trace.attributes['ranks']}\n", end="", flush=True)
