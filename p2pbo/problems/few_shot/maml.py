"""First-order MAML (Finn 2017): a start from which few gradient steps on a task's support adapt to the task.

θ = (x, y): a backbone, and one linear layer with a row for each of a task's N characters, in the order of the task

u_0 = θ,  u_{s+1} = u_s − rate ∇ support loss(u_s)         f(θ) = mean over tasks of query loss(u_S)

f is differentiated as if u_S − θ were constant: ∇f = mean over tasks of ∇ query loss(u_S).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from p2pbo.problems.few_shot.episodes import query_cross_entropy

if TYPE_CHECKING:
    import torch

    from p2pbo.problems.few_shot.characters import Characters
    from p2pbo.problems.few_shot.tasks import Tasks
    from p2pbo.problems.networks.backbone import Backbone, Tensors
    from p2pbo.problems.node_data import Loss


AT_ONCE = 10
"""The number of tasks that are adapted to side by side."""


@dataclass(frozen=True)
class Maml:
    """First-order MAML of a network that adapts in ``steps`` steps of size ``rate``."""

    backbone: Backbone
    steps: int
    rate: float

    def loss(self, characters: Characters) -> Loss:
        """Return f(x, y, batch), the mean cross-entropy on the queries of a batch of :class:`Episodes`' rows."""

        def loss(x: Any, y: Any, batch: dict[str, torch.Tensor]) -> torch.Tensor:
            tasks = (batch[name] for name in ("character", "support", "query"))
            return query_cross_entropy(self._scores({**x, **y}, characters, *tasks))

        return loss

    def accuracy(self, x: Tensors, y: Tensors, characters: Characters, tasks: Tasks) -> float:
        """Return the share of queries whose own character scores highest; in single precision, which is faster."""
        import torch

        theta = {name: part.float() for name, part in {**x, **y}.items()}
        numbers = map(torch.as_tensor, (tasks.characters, tasks.support, tasks.query))
        with torch.no_grad():
            best = self._scores(theta, characters, *numbers).argmax(dim=-1)
        own = torch.arange(best.shape[1])[:, None]
        return float((best == own).double().mean())

    def _scores(self, theta: Tensors, characters: Characters, *tasks: torch.Tensor) -> torch.Tensor:
        """Return the scores of queries after adaptation to their own task's support: tasks×N×Q×N."""
        import torch

        drawings, some = torch.as_tensor(characters.drawings), next(iter(theta.values()))

        def of_task(own: torch.Tensor, support: torch.Tensor, query: torch.Tensor) -> torch.Tensor:
            shown, asked = (drawings[own[:, None].cpu(), side.cpu()].to(some) for side in (support, query))
            return self._classified(self._adapted(theta, shown), asked)

        scores: torch.Tensor = torch.func.vmap(of_task, chunk_size=AT_ONCE)(*tasks)
        return scores

    def _adapted(self, theta: Tensors, support: torch.Tensor) -> Tensors:
        """Return u_S, whose derivative by θ is the identity."""
        import torch

        def support_loss(u: Tensors) -> torch.Tensor:
            return query_cross_entropy(self._classified(u, support)[None])

        u = {name: part.detach() for name, part in theta.items()}
        for _ in range(self.steps):
            gradient = torch.func.grad(support_loss)(u)
            u = {name: part - self.rate * gradient[name] for name, part in u.items()}
        return {name: u[name] + (part - part.detach()) for name, part in theta.items()}

    def _classified(self, u: Tensors, drawings: torch.Tensor) -> torch.Tensor:
        """Return the scores of drawings, N×k×N from N×k×pixels."""
        scores = self.backbone.scores(u, drawings.flatten(0, 1))
        return scores.view(*drawings.shape[:2], -1)
