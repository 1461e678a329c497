"""Few-shot learning (Li 2024 sec. V-A): x represents drawings so that few of them tell new characters apart.

f_i(x, y) = mean over node i's tasks of the mean cross-entropy on the task's queries
g_i(x, y) = mean over node i's tasks of the mean cross-entropy on the task's support + (ridge/2)‖y‖²

A task has N of the node's own characters, some drawings of each as support and others as queries. x is the backbone
φ and y one linear classifier of all C characters that the network trains on, y ∈ R^{C×d}; a task uses the N rows of
its own characters, and the softmax runs over these alone:

score of character c for drawing a = √(C/N) ⟨y_c, φ(x, a)⟩

One head of N rows for all tasks, whose labels mean nothing from one task to the next, would have nothing to learn.
The root keeps the average g as steep for many characters as for few: c is in a share N/C of the tasks, so that ridge
weighs a row against the tasks that use it as it would in a task alone. A node sees its own characters only: on K
nodes, these have rows K times as steep (C/N times in a batch of one task), and L ≥ ½ max ‖φ‖² grows in proportion.
That asks for small steps in local loops and a large ``lipschitz`` for Neumann hypergradients.

Alphabets are either for training or for tests. ``test_accuracy`` is that of Li 2024: on tasks of characters from test
alphabets, a new head per task, fitted to its support on the representation by x̄ with the same ridge
(:mod:`p2pbo.problems.adaptation`); y plays no part in it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import Field

from p2pbo.data import load
from p2pbo.errors import InputError
from p2pbo.problems.adaptation import accuracy
from p2pbo.problems.characters import Characters
from p2pbo.problems.instance import PROBLEMS, Instance
from p2pbo.problems.networks import Backbone, conv4, evaluate, resnet12, squared_norm, start
from p2pbo.problems.problem import Problem, Vector
from p2pbo.problems.tasks import TaskShares, TaskSize
from p2pbo.randomness import generator

if TYPE_CHECKING:
    import torch

Count = Annotated[int, Field(ge=1)]

BACKBONES = {"conv4": conv4, "resnet12": resnet12}


@PROBLEMS.register("few-shot")
def few_shot(
    instance: Instance,
    /,
    *,
    ways: Annotated[int, Field(ge=2)] = 5,
    shots: Count = 1,
    queries: Count | None = None,
    tasks: Count = 50,
    train_alphabets: Annotated[float, Field(gt=0, lt=1)] = 0.6,
    network: Literal["conv4", "resnet12"] = "conv4",
    width: Count = 32,
    ridge: Annotated[float, Field(gt=0)] = 1e-2,
    test_tasks: Count = 100,
) -> Problem:
    """Representations of characters from which a linear classifier learns new ones with few drawings.

    A sample, upper or lower, is one of the ``tasks`` of a node. ``queries`` are those of each character in training
    tasks, all other drawings by default and in ``test_tasks``. The nodes share the characters of ``train_alphabets``
    of the alphabets by the partition, alphabets being the labels.

    Raises:
        InputError: the data are no characters of alphabets, or too few for such tasks on so many nodes.
    """
    characters = Characters.of(load(instance.data, instance.seed, **instance.data_options))
    backbone = BACKBONES[network](characters.shape, width)
    training, tested = characters.split(train_alphabets, generator(instance.seed, "few-shot/alphabets"))
    nodes = TaskShares(training, instance, TaskSize.of(training, ways, shots, queries), tasks)
    trial = Trial(tested, TaskSize.of(tested, ways, shots), test_tasks, instance.seed)
    upper_loss, lower_loss = losses(backbone, training, ways, ridge)

    def figures(x: Vector, y: Vector) -> dict[str, float]:
        import torch

        layers = problem.x.unflatten(torch.as_tensor(x))
        return {"test_accuracy": trial.accuracy(lambda rows: backbone.represent(layers, rows), ridge)}

    problem = Problem(
        upper_loss,
        lower_loss,
        nodes=nodes,
        x0=start(backbone.layers, generator(instance.seed, "few-shot/start")),
        y0={"output.weight": np.zeros((len(training), backbone.width))},
        convexity=ridge,
        test=figures,
        name="few-shot",
    )
    return problem


def losses(backbone: Backbone, characters: Characters, ways: int, ridge: float) -> tuple[Any, Any]:
    """(f, g) on one node's tasks, in torch.

    Many tasks show the same drawings: each distinct one is represented once. How many there are depends on the
    batch, so hosted nodes go one after another.
    """
    scale = math.sqrt(len(characters) / ways)

    def upper_loss(x: Any, y: Any, batch: dict[str, Any]) -> Any:
        import torch
        from torch.nn.functional import cross_entropy

        W, own, drawings = y["output.weight"], batch["character"], torch.as_tensor(characters.drawings)
        places = own[..., None] * drawings.shape[1] + batch["drawing"]
        distinct, which = torch.unique(places, return_inverse=True)
        phi = backbone.represent(x, drawings.flatten(0, 1)[distinct.cpu()].to(W))
        scores = scale * torch.einsum("tnqd,tmd->tnqm", phi[which], W[own])
        label = torch.arange(ways, device=W.device)[:, None].expand(which.shape)
        return cross_entropy(scores.flatten(0, 2), label.flatten())

    def lower_loss(x: Any, y: Any, batch: dict[str, Any]) -> Any:
        return upper_loss(x, y, batch) + 0.5 * ridge * squared_norm(y)

    return upper_loss, lower_loss


class Trial:
    """Tasks of characters that nobody trains on.

    Raises:
        InputError: there are too few of them.
    """

    def __init__(self, characters: Characters, size: TaskSize, tasks: int, seed: int) -> None:
        if len(characters) < size.ways:
            raise InputError(
                f"{size.ways}-way tasks",
                f"need more than the {len(characters)} characters of the test alphabets",
                "use a smaller train_alphabets, fewer ways or more data",
            )
        self._drawings = characters.drawings
        draw = generator(seed, "few-shot/test tasks")
        self.tasks = size.draw(np.arange(len(characters)), self._drawings.shape[1], tasks, draw)

    def accuracy(self, represent: Callable[[torch.Tensor], torch.Tensor], ridge: float) -> float:
        """The mean accuracy of heads fitted on what ``represent`` makes of drawings (rows × pixels → rows × d)."""
        characters, drawings, pixels = self._drawings.shape
        phi = evaluate(represent, self._drawings.reshape(-1, pixels), at_once=100)
        phi = phi.reshape(characters, drawings, -1)
        own = self.tasks.characters[..., None]
        return accuracy(phi[own, self.tasks.support], phi[own, self.tasks.query], ridge)
