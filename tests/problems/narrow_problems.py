"""Small networks as problems whose nodes can train narrower ones, and random submodels of them."""

import numpy as np
import torch
from torch import nn
from torch.func import functional_call
from torch.nn.functional import cross_entropy

from p2pbo import NodeData, Problem
from p2pbo.problems.catalogue.hyper_representation import losses
from p2pbo.problems.networks import conv4, initial_parameters, lenet, mlp, resnet12
from p2pbo.randomness import generator

CAPACITIES = [0.3, 1.0, 0.55]
"""Of three nodes."""

BACKBONES = {
    "mlp": (lambda: mlp(7, 10), 7),
    "lenet": (lambda: lenet((1, 8, 8)), 64),
    "conv4": (lambda: conv4((1, 16, 16), 6), 256),
    "resnet12": (lambda: resnet12((1, 16, 16), 16), 256),
}


def nodes(features, rows=4):
    """Rows and labels, on both sides of every node."""

    def side(seed):
        a = torch.as_tensor(np.random.default_rng(seed).standard_normal((rows, features)))
        return {"a": a, "label": torch.arange(rows) % 3}

    return [NodeData(side(2 * i), side(2 * i + 1)) for i in range(len(CAPACITIES))]


def shipped(name, masked="xy"):
    """A network of ours: the backbone is x and the head y, or all of it y where only y is masked."""
    make, features = BACKBONES[name]
    backbone, draw = make(), generator(0, "test")
    layers, head = initial_parameters(backbone.layers, draw), initial_parameters(backbone.head(3), draw)
    x0, y0 = (layers, head) if masked == "xy" else ({"rate": np.ones(2)}, {**layers, **head})
    f, g = losses(backbone, 0.1)
    return Problem(f, g, nodes=nodes(features), x0=x0, y0=y0, units=backbone.units(x0, y0))


def sequential():
    """A user's two modules: convolutions with normalisation over the batch, and two linear layers."""
    backbone = nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)),
        nn.Sequential(nn.Conv2d(1, 6, 3), nn.BatchNorm2d(6, track_running_stats=False), nn.Sigmoid()),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 5, 2, bias=False),
        nn.PReLU(5),
        nn.Flatten(),
    ).double()
    head = nn.Sequential(nn.Linear(20, 8), nn.Tanh(), nn.Linear(8, 3)).double()

    def loss(x, y, batch):
        scores = functional_call(head, y, functional_call(backbone, x, batch["a"]))
        return cross_entropy(scores, batch["label"]) + sum((part**2).sum() for part in y.values())

    return Problem(loss, loss, nodes=nodes(64), x0=backbone, y0=head), backbone, head


EVERY = {
    **{name: lambda name=name: shipped(name) for name in BACKBONES},
    "mlp as y": lambda: shipped("mlp", "y"),
    "sequential": lambda: sequential()[0],
}


def submodels(problem, capacities=CAPACITIES, seed=0):
    """Each node's random share of the units of every layer, at least one."""
    draw, units = np.random.default_rng(seed), problem.units

    def chosen(capacity):
        return {
            layer: np.sort(draw.permutation(count)[: max(1, round(capacity * count))])
            for layer, count in units.counts.items()
        }

    def slices(kept):
        return tuple(
            units.slice(variable, part.shapes, kept)
            for variable, part in (("x", problem.x), ("y", problem.y))
        )

    return [slices(chosen(capacity)) for capacity in capacities]


def points(problem, seed=0):
    """X and Y near the common start, and any V."""
    draw, hosted = np.random.default_rng(seed), len(problem.nodes)
    X, Y = (p.start + 0.1 * draw.standard_normal((hosted, p.size)) for p in (problem.x, problem.y))
    return X, Y, draw.standard_normal((hosted, problem.dim_y))
