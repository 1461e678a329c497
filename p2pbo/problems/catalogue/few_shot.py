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
(:mod:`p2pbo.problems.few_shot.linear_heads`); y plays no part in it.

The variants learn the same tasks, from the same start of the backbone, by the upper loss alone. Their lower loss is
(ridge/2)‖y‖² for form's sake.

prototypes   f_i(x, y): prototypical networks (:mod:`p2pbo.problems.few_shot.prototypes`); y is one number, unused
maml         f_i(x, y): first-order MAML (:mod:`p2pbo.problems.few_shot.maml`); y is the head of N rows that tasks adapt

Their ``test_accuracy`` is what they themselves make of the same test tasks: the nearest prototype, and x̄ and ȳ
adapted to the task's support.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from p2pbo.arrays import Vector
from p2pbo.data import load
from p2pbo.problems.context import PROBLEMS, ProblemContext
from p2pbo.problems.few_shot.characters import Characters
from p2pbo.problems.few_shot.episodes import Episodes, query_cross_entropy, represent_drawings
from p2pbo.problems.few_shot.evaluation import EvaluationTasks
from p2pbo.problems.few_shot.linear_heads import linear_head_accuracy
from p2pbo.problems.few_shot.maml import Maml
from p2pbo.problems.few_shot.prototypes import prototype_accuracy, prototype_loss
from p2pbo.problems.few_shot.tasks import NodeTasks, TaskSize
from p2pbo.problems.networks import Backbone, conv4, initial_parameters, resnet12, squared_norm
from p2pbo.problems.node_data import Loss, NodeData
from p2pbo.problems.problem import LowerLevel, Problem
from p2pbo.randomness import generator

if TYPE_CHECKING:
    from p2pbo.problems.networks.backbone import Tensors

    Arrays = dict[str, NDArray[np.float64]]
    Accuracy = Callable[[Tensors, Tensors], float]

Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]

BACKBONES = {"conv4": conv4, "resnet12": resnet12}


@PROBLEMS.register("few-shot")
def few_shot(
    context: ProblemContext,
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
    maml_steps: Count = 5,
    maml_rate: Positive = 0.1,
) -> Problem:
    """Representations of characters from which a linear classifier learns new ones with few drawings.

    A sample, upper or lower, is a task. The nodes share the characters that are trained on by the partition, their
    alphabets being the labels.

    Args:
        ways: characters of a task.
        shots: drawings of each character that a task is learnt from.
        queries: drawings of each character that training tasks are judged by; by default, and in test
            tasks, all others.
        tasks: tasks of a node.
        train_alphabets: share of the alphabets that are trained on.
        network: the backbone.
        width: channels of its layers.
        ridge: weight of the ridge on the classifier.
        test_tasks: tasks of characters that no node has seen.
        maml_steps: steps by which the variant ``maml`` adapts to a task.
        maml_rate: size of these steps.

    Raises:
        InputError: the data are no characters of alphabets, or too few for such tasks on so many nodes.
    """
    characters = Characters.of(load(context.data, context.seed, **context.data_options))
    backbone = BACKBONES[network](characters.shape, width)
    training, tested = characters.split(train_alphabets, generator(context.seed, "few-shot/alphabets"))
    learners = Learners(
        backbone,
        training,
        NodeTasks(training, context, TaskSize.of(training, ways, shots, queries), tasks),
        EvaluationTasks(tested, TaskSize.of(tested, ways, shots), test_tasks, context.seed),
        ridge,
        initial_parameters(backbone.layers, context.start_generator("few-shot/start")),
        context.lower_level,
    )
    maml = Maml(backbone, maml_steps, maml_rate)
    head = initial_parameters(backbone.head(ways), context.start_generator("few-shot/maml"))
    return learners.heads(
        ways, {"prototypes": learners.prototypes, "maml": lambda: learners.maml(maml, head)}
    )


@dataclass(frozen=True)
class Learners:
    """The learners on the same tasks, from the same start of the backbone, each a problem.

    Attributes:
        backbone: φ.
        training: the characters of the tasks.
        tasks: the nodes' own.
        evaluation: the tasks that all are evaluated by.
        ridge: on y.
        x0: where the backbone starts.
        lower_level: whose y is.
    """

    backbone: Backbone
    training: Characters
    tasks: NodeTasks
    evaluation: EvaluationTasks
    ridge: float
    x0: Arrays
    lower_level: LowerLevel

    def heads(self, ways: int, variants: Mapping[str, Callable[[], Problem]]) -> Problem:
        """Return the bilevel problem, with a row of y for each character that the network trains on."""
        y0 = {"output.weight": np.zeros((len(self.training), self.backbone.width))}

        def accuracy(x: Tensors, y: Tensors) -> float:
            return linear_head_accuracy(*self.evaluation.represent(self.backbone, x), self.ridge)

        both = losses(self.backbone, self.training, ways, self.ridge)
        return self._problem("few-shot", both, self.tasks, y0, accuracy, variants)

    def prototypes(self) -> Problem:
        """Return the problem of prototypical networks; nothing but the lower loss looks at its y."""

        def accuracy(x: Tensors, y: Tensors) -> float:
            return prototype_accuracy(*self.evaluation.represent(self.backbone, x))

        loss = prototype_loss(self.backbone, self.training)
        return self._single_level("few-shot/prototypes", loss, {"unused": np.zeros(1)}, accuracy)

    def maml(self, learner: Maml, y0: Arrays) -> Problem:
        """Return the problem of first-order MAML, whose y starts at ``y0``."""

        def accuracy(x: Tensors, y: Tensors) -> float:
            return learner.accuracy(x, y, self.evaluation.characters, self.evaluation.tasks)

        return self._single_level("few-shot/maml", learner.loss(self.training), y0, accuracy)

    def _single_level(self, name: str, loss: Loss, y0: Arrays, accuracy: Accuracy) -> Problem:
        """Return a problem with all that is to be learnt in the upper loss; the lower one is the ridge alone."""

        def ridge(x: Any, y: Any, batch: Any) -> Any:
            return 0.5 * self.ridge * squared_norm(y)

        return self._problem(name, (loss, ridge), Episodes(self.tasks), y0, accuracy)

    def _problem(
        self,
        name: str,
        both: tuple[Loss, Loss],
        nodes: Sequence[NodeData],
        y0: Arrays,
        accuracy: Accuracy,
        variants: Mapping[str, Callable[[], Problem]] | None = None,
    ) -> Problem:
        def figures(x: Vector, y: Vector) -> dict[str, float]:
            import torch

            layers, head = problem.x.unflatten(torch.as_tensor(x)), problem.y.unflatten(torch.as_tensor(y))
            return {"test_accuracy": accuracy(layers, head)}

        problem = Problem(
            *both,
            nodes=nodes,
            x0=self.x0,
            y0=y0,
            lower_level=self.lower_level,
            convexity=self.ridge,
            test=figures,
            units=self.backbone.units(self.x0, y0),
            variants=variants,
            steady=False,  # the more tasks share a drawing, the fewer are represented
            name=name,
        )
        return problem


def losses(backbone: Backbone, characters: Characters, ways: int, ridge: float) -> tuple[Loss, Loss]:
    """Return (f, g) on one node's tasks, in torch.

    How many distinct drawings they show depends on the batch, so hosted nodes go one after another.
    """
    scale = math.sqrt(len(characters) / ways)

    def upper_loss(x: Any, y: Any, batch: dict[str, Any]) -> Any:
        import torch

        W, own = y["output.weight"], batch["character"]
        phi = represent_drawings(backbone, x, characters, own, batch["drawing"])
        return query_cross_entropy(scale * torch.einsum("tnqd,tmd->tnqm", phi, W[own]))

    def lower_loss(x: Any, y: Any, batch: dict[str, Any]) -> Any:
        return upper_loss(x, y, batch) + 0.5 * ridge * squared_norm(y)

    return upper_loss, lower_loss
