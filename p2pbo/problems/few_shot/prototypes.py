"""Prototypical networks (Snell 2017): a character is where the drawings of its support lie on average.

c_k = mean of φ over character k's support,      score of character k for a query q = −‖φ(q) − c_k‖²

The softmax over k does not change with 2⟨φ(q), c_k⟩ − ‖c_k‖², which lacks only ‖φ(q)‖².
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.problems.few_shot.episodes import query_cross_entropy, represent_drawings

if TYPE_CHECKING:
    import torch

    from p2pbo.problems.few_shot.characters import Characters
    from p2pbo.problems.networks import Backbone
    from p2pbo.problems.node_data import Loss


def prototype_loss(backbone: Backbone, characters: Characters) -> Loss:
    """Return f(x, ·, batch), the mean cross-entropy on the queries of a batch of :class:`Episodes`' rows."""

    def loss(x: Any, y: Any, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        import torch

        sides = [batch["support"], batch["query"]]
        phi = represent_drawings(backbone, x, characters, batch["character"], torch.cat(sides, dim=-1))
        support, query = phi.split([side.shape[-1] for side in sides], dim=2)  # type: ignore[no-untyped-call]
        c = support.mean(2)
        inner = torch.einsum("tnqd,tmd->tnqm", query, c)
        return query_cross_entropy(2 * inner - (c**2).sum(-1)[:, None, None])

    return loss


def prototype_accuracy(support: NDArray[np.float64], query: NDArray[np.float64]) -> float:
    """Return the share of queries whose nearest prototype is that of their own character.

    Args:
        support: representations, tasks × ways × shots × d.
        query: representations, tasks × ways × queries × d.
    """
    c = support.mean(axis=2)
    scores = 2 * np.einsum("tnqd,tmd->tnqm", query, c) - (c**2).sum(axis=-1)[:, None, None]
    own = np.arange(query.shape[1])[:, None]
    return float(np.mean(scores.argmax(axis=-1) == own))
