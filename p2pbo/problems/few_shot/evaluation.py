"""Evaluation of representations, by tasks of characters that nobody trains on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.errors import InputError
from p2pbo.problems.networks import evaluate
from p2pbo.randomness import generator

if TYPE_CHECKING:
    from p2pbo.problems.few_shot.characters import Characters
    from p2pbo.problems.few_shot.tasks import TaskSize
    from p2pbo.problems.networks import Backbone

    Representations = NDArray[np.float64]


class EvaluationTasks:
    """Tasks of test ``characters`` that representations are evaluated by, ``tasks`` of them.

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
        self.characters = characters
        draw = generator(seed, "few-shot/test tasks")
        self.tasks = size.draw(np.arange(len(characters)), characters.drawings.shape[1], tasks, draw)

    def represent(self, backbone: Backbone, x: Any) -> tuple[Representations, Representations]:
        """Represent support (tasks×N×K×d) and query (tasks×N×Q×d) by ``backbone`` with the parameters ``x``."""
        characters, drawings, pixels = self.characters.drawings.shape
        rows = self.characters.drawings.reshape(-1, pixels)
        phi = evaluate(lambda some: backbone.represent(x, some), rows, at_once=100)
        phi = phi.reshape(characters, drawings, -1)
        own = self.tasks.characters[..., None]
        return phi[own, self.tasks.support], phi[own, self.tasks.query]
