"""A problem of one's own: losses in torch, x a dictionary of tensors, nodes of unequal size."""

from __future__ import annotations

from typing import Any

import torch

import p2pbo


def upper(x: dict[str, Any], y: Any, batch: Any) -> Any:
    """(1/m)Σ log(1 + exp(−b (a·y + offset)))."""
    a, b = batch
    return torch.nn.functional.softplus(-b * (a @ y + x["offset"][0])).mean()


def lower(x: dict[str, Any], y: Any, batch: Any) -> Any:
    """(1/2m)Σ (a·y − b)² + ½ Σ exp(ridge) y²."""
    a, b = batch
    return 0.5 * ((a @ y - b) ** 2).mean() + 0.5 * (x["ridge"].exp() * y**2).sum()


def made(nodes: int) -> p2pbo.Problem:
    """The problem on so many nodes."""
    draw = torch.Generator().manual_seed(11)

    def samples(count: int) -> tuple[Any, Any]:
        a = torch.randn(count, 4, generator=draw, dtype=torch.float64)
        return a, torch.sign(a.sum(1) + 0.1)

    x0 = {"ridge": torch.full((4,), -1.0, dtype=torch.float64), "offset": torch.zeros(1, dtype=torch.float64)}
    data = [p2pbo.NodeData(upper=samples(5 + node), lower=samples(9 - node)) for node in range(nodes)]
    return p2pbo.Problem(upper=upper, lower=lower, x0=x0, y0=torch.zeros(4, dtype=torch.float64), nodes=data)
