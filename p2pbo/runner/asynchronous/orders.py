"""What the writer tells asynchronous ranks to do next: one thing at a time, and nobody waits for it.

    DUE     a row: each rank logs its nodes as they are; the last row: and ends
    SAVE    a checkpoint: each rank lets its nodes stand still, and says so
    WRITE   it: all stand
    STOP    at once, without a checkpoint

Rows are left out rather than queued. Checkpoints and stops wait for a row that is due before them, so that a run that
goes on from there does not lack it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from p2pbo.config import Description
from p2pbo.runner.resume.schedule import CheckpointSchedule

DUE, SAVE, WRITE, STOP = range(21, 25)
"""The kinds of orders, as messages count theirs."""


class Order(NamedTuple):
    """An order about a step; its values: whether a stop, or one that follows a checkpoint, is for the time limit."""

    kind: int
    step: int
    values: tuple[float, ...] = ()


class Orders:
    """The orders of a writer, by what it hears of the ranks.

    Args:
        description: of the run.
        nodes, ranks: their numbers.
        checkpoints: that the run is to write.
        first: the step that it starts from.

    Attributes:
        taken: the steps of all nodes of each rank, (ranks,).
        asked: for a stop: whether for the time limit; None: nobody has.
        standing: the ranks whose nodes stand still for a checkpoint.
    """

    def __init__(
        self, description: Description, nodes: int, ranks: int, checkpoints: CheckpointSchedule, first: int
    ) -> None:
        self._steps, self._log_every = description.steps, description.log_every
        self._nodes, self._checkpoints = nodes, checkpoints
        self.taken = np.zeros(ranks)
        self.asked: bool | None = None
        self.standing: set[int] = set()
        self._saved_step = first
        self._saving = False  # the checkpoint of that step
        self._row_written = False  # since a checkpoint or a stop is due

    def next(self, due: int, alive: Sequence[int], *, ended: bool, whole: bool) -> Order | None:
        """Return what all ranks are to do next, if anything.

        Args:
            due: the newest row that has been.
            alive: the ranks that take part.
            ended: whether their nodes take no further step.
            whole: whether no rank is lost; else there are no checkpoints, which hold all nodes.
        """
        mean = int(self.taken.sum()) // self._nodes
        step, row = max(mean, due), mean // self._log_every * self._log_every
        save = whole and (self._checkpoints.by_time or self._checkpoints.by_steps(self._saved_step, step))
        if self._saving:
            return Order(WRITE, self._saved_step) if self.standing >= {*alive} else None
        if ended:
            return self._save(due)
        if step >= self._steps:
            return Order(DUE, self._steps)
        if row > max(due, self._saved_step) and not self._row_written:
            self._row_written = save or self.asked is not None
            return Order(DUE, row)
        if self.asked is not None:
            reason = (float(self.asked),)
            return self._save(step, reason) if whole else Order(STOP, step, reason)
        return self._save(step) if save else None

    def _save(self, step: int, then_stop: tuple[float, ...] = ()) -> Order:
        self._saved_step, self._saving, self._row_written = step, True, False
        return Order(SAVE, step, then_stop)

    def saved(self) -> None:
        """Note that the checkpoint has been written, or that there will be none."""
        self._saving = False
        self.standing.clear()
