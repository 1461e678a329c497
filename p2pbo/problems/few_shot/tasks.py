"""N-way-K-shot tasks: N characters, K drawings of each to learn from (support) and others to be tested on (query).

A task is numbers, not images: its characters (N), and which of a character's drawings are support (N×K) and query
(N×Q). The drawings themselves are kept once, however many tasks show them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.data import partition
from p2pbo.errors import InputError
from p2pbo.problems.context import ProblemContext
from p2pbo.problems.few_shot.characters import Characters
from p2pbo.problems.node_data import NodeData
from p2pbo.randomness import generator


@dataclass(frozen=True, eq=False)
class Tasks:
    """Tasks as numbers: ``characters`` is tasks×N, ``support`` tasks×N×K and ``query`` tasks×N×Q."""

    characters: NDArray[np.int64]
    support: NDArray[np.int64]
    query: NDArray[np.int64]


@dataclass(frozen=True)
class TaskSize:
    """The size of a task: ``ways`` characters, ``shots`` drawings of each as support and ``queries`` as query."""

    ways: int
    shots: int
    queries: int

    @classmethod
    def of(cls, characters: Characters, ways: int, shots: int, queries: int | None = None) -> TaskSize:
        """Return the size of tasks of ``characters``; no ``queries``: all other drawings of a character.

        Raises:
            InputError: characters have too few drawings.
        """
        drawings = characters.drawings.shape[1]
        if shots + (queries or 1) > drawings:
            raise InputError(
                f"{ways}-way {shots}-shot tasks",
                f"need {shots} + {queries or 1} drawings of a character, and there are {drawings}",
                f"use shots + queries of at most {drawings}",
            )
        return cls(ways, shots, queries or drawings - shots)

    def draw(
        self, characters: NDArray[np.int64], drawings: int, tasks: int, draw: np.random.Generator
    ) -> Tasks:
        """Draw ``tasks`` tasks of ``characters``, each of which has ``drawings`` drawings."""
        chosen = draw.permuted(np.tile(characters, (tasks, 1)), axis=1)[:, : self.ways]
        order = draw.permuted(np.tile(np.arange(drawings), (tasks, self.ways, 1)), axis=2)
        shown, tested = order[..., : self.shots], order[..., self.shots :][..., : self.queries]
        return Tasks(chosen, shown, tested)


class NodeTasks(Sequence[NodeData]):
    """Characters dealt to the nodes of ``context``, their alphabets as labels; each node draws tasks of its own.

    A row of the upper data is a task's ``character`` (N) and the numbers of its query ``drawing``s (N×Q), a row of
    the lower data the same of its support.

    Raises:
        InputError: a node has fewer characters than a task needs.
    """

    def __init__(self, characters: Characters, context: ProblemContext, size: TaskSize, tasks: int) -> None:
        self._context, self._size, self._tasks = context, size, tasks
        self._drawings = characters.drawings.shape[1]
        most = len(characters) // size.ways
        if most < context.nodes:
            remedy = f"use --nodes {most} or fewer, fewer ways" if most else "use fewer ways"
            raise InputError(
                f"{context.nodes} nodes",
                f"cannot have {size.ways} characters each out of {len(characters)} to train on",
                f"{remedy}, or give more data",
            )
        self.characters = partition(context.partition, characters.alphabets, context.nodes, context.seed)
        for node, own in enumerate(self.characters):
            if len(own) < size.ways:
                raise InputError(
                    f"node {node}",
                    f"has {len(own)} characters in the partition {context.partition}, "
                    f"too few for {size.ways}-way tasks",
                    "use --partition iid, fewer nodes or fewer ways",
                )

    def __len__(self) -> int:
        return len(self.characters)

    def of(self, node: int) -> Tasks:
        """Return the node's tasks, the same whoever asks."""
        draw = generator(self._context.seed, "few-shot/tasks", node)
        return self._size.draw(self.characters[node], self._drawings, self._tasks, draw)

    def __getitem__(self, node: Any) -> Any:
        own = self.of(range(len(self))[node])
        return NodeData(*(_tensors(own.characters, drawings) for drawings in (own.query, own.support)))


def _tensors(characters: NDArray[np.int64], drawings: NDArray[np.int64]) -> dict[str, Any]:
    import torch

    return {"character": torch.as_tensor(characters), "drawing": torch.as_tensor(drawings.copy())}
