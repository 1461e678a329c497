"""Tasks as episodes: support and query side by side, for losses that learn from the one and are judged by the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from p2pbo.problems.node_data import NodeData

if TYPE_CHECKING:
    import torch

    from p2pbo.problems.few_shot.characters import Characters
    from p2pbo.problems.few_shot.tasks import NodeTasks
    from p2pbo.problems.networks import Backbone


class Episodes(Sequence[NodeData]):
    """The nodes' ``tasks`` as rows, upper or lower: a task's ``character``s, ``support`` and ``query``.

    The latter two are numbers of drawings, N×K and N×Q.
    """

    def __init__(self, tasks: NodeTasks) -> None:
        self._tasks = tasks

    def __len__(self) -> int:
        return len(self._tasks)

    def __getitem__(self, node: Any) -> Any:
        import torch

        own = self._tasks.of(range(len(self))[node])
        numbers = {"character": own.characters, "support": own.support, "query": own.query}
        whole = {name: torch.as_tensor(entries.copy()) for name, entries in numbers.items()}
        return NodeData(whole, whole)


def represent_drawings(
    backbone: Backbone, x: Any, characters: Characters, own: torch.Tensor, numbers: torch.Tensor
) -> torch.Tensor:
    """Represent drawings by ``x``: tasks×N×k×d from the tasks' characters, tasks×N, and ``numbers``, tasks×N×k.

    Many tasks show the same drawings: each distinct one is represented once.
    """
    import torch

    drawings = torch.as_tensor(characters.drawings)
    distinct, which = torch.unique(own[..., None] * drawings.shape[1] + numbers, return_inverse=True)
    rows = drawings.flatten(0, 1)[distinct.cpu()].to(next(iter(x.values())))
    return backbone.represent(x, rows)[which]


def query_cross_entropy(scores: torch.Tensor) -> torch.Tensor:
    """Return the mean cross-entropy of ``scores``, tasks×N×Q×N, of the queries of each of N characters for all N."""
    import torch
    from torch.nn.functional import cross_entropy

    label = torch.arange(scores.shape[-1], device=scores.device)[:, None].expand(scores.shape[:-1])
    return cross_entropy(scores.flatten(0, 2), label.flatten())
