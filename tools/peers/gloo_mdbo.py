"""MDBO (Gao 2023, Alg. 1) over torch.distributed's gloo, as one would write it with autograd: a node on every rank.

The mathematics are p2pbo's preset ``mdbo`` with its defaults: η = 0.1, α = β = 1, a Neumann sum of J = 10 terms.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.distributed as dist

from peers.one_node import Data, Draw, in_torch

ETA, TERMS = 0.1, 10


def mdbo(
    data: Data, neighbours: Sequence[int], draw: Draw, L: float, steps: int, done: Callable[[], None]
) -> Any:
    """Take steps on this rank's data, mixing with equal weights; return x."""
    of = in_torch(data)
    weight = 1 / (1 + len(neighbours))

    def mixed(rows: torch.Tensor) -> torch.Tensor:
        received = [torch.empty_like(rows) for _ in neighbours]
        sends = [dist.P2POp(dist.isend, rows, rank) for rank in neighbours]
        receives = [dist.P2POp(dist.irecv, own, rank) for own, rank in zip(received, neighbours, strict=True)]
        for work in dist.batch_isend_irecv(sends + receives):
            work.wait()
        return weight * (rows + sum(received))

    d = data.B.shape[1]
    x = torch.zeros(d, dtype=torch.float64)
    y = torch.zeros(data.classes, d, dtype=torch.float64)
    U, T = [torch.zeros_like(x), torch.zeros_like(y)], [torch.zeros_like(x), torch.zeros_like(y)]
    for t in range(steps):
        (xi,), (zeta, cross, *factors) = draw(t)
        q = p = of.fy(x, y, xi)
        for batch in factors:
            q = q - of.products(x, y, batch, q)[0] / L
            p = p + q
        D = -of.products(x, y, cross, p / L)[1], of.gy(x, y, zeta)
        point = []
        for k, V in enumerate((x.detach(), y.detach())):
            U_next = D[k] if t == 0 else (1 - ETA) * U[k] + ETA * D[k]  # line 5
            T[k] = mixed(T[k]) + U_next - U[k]  # line 6
            point.append(V + ETA * (mixed(V) - T[k] - V))  # line 8
            U[k] = U_next
        x, y = point
        done()
    return x
