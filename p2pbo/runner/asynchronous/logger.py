"""The logger of asynchronous nodes on several ranks: rows are made of messages, and nobody waits for anybody.

    every rank → writer   how many steps its nodes have taken; that one has diverged; that a signal asks for a stop
    writer → every rank   a row is due: each rank logs its nodes as they are (the last row: and ends); save; stop

What a row takes then is sent as where ranks may fail (``survivors/logger.py``). The writer is rank 0. A row is due when
the nodes have taken enough steps on average, and the one before is written: rows are left out rather than queued.
Checkpoints and stops wait for a row that is due before them, so that a run that goes on from there does not lack it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from p2pbo.algorithms import State
from p2pbo.asynchronous.rank_nodes import RankNodes
from p2pbo.config import Description
from p2pbo.network import Network
from p2pbo.runner.assembly import Assembly
from p2pbo.runner.asynchronous.metrics import AsynchronousMetrics, RunningNodes
from p2pbo.runner.checks.divergence import Finding
from p2pbo.runner.logging.logger import RowReport
from p2pbo.runner.process.exit_codes import Diverged
from p2pbo.runner.resume.schedule import CheckpointSchedule
from p2pbo.runner.resume.start_point import StartPoint
from p2pbo.runner.survivors.logger import SurvivorLogger
from p2pbo.runner.survivors.mailbox import Mailbox, Message, text_values, values_text
from p2pbo.runner.survivors.row_assembly import RowAssembler
from p2pbo.trace import Trace, TraceWriter

PROGRESS, FOUND, ASKED, DUE, STOP, SAVE = range(11, 17)
"""The kinds of messages beside those of a row; the writer sends the last three."""

WRITER = 0


class Stop(NamedTuple):
    """That all ranks stop: after which step, and whether for the time limit, or on request."""

    step: int
    out_of_time: bool


class AsynchronousLogger(SurvivorLogger):
    """One rank's part in logging asynchronous nodes.

    Args:
        network, mailbox, metrics, assembler: as where ranks may fail.
        running: the nodes of this rank.
        description: of the run.
        first: the step that it starts from.

    Attributes:
        checkpoints: that the run is to write.
        due: the newest row that this rank is to log.
        save_due: the step of a checkpoint that all ranks are to write now, if any.
        stop: that all ranks stop, if they do.
    """

    def __init__(
        self,
        network: Network,
        mailbox: Mailbox,
        metrics: AsynchronousMetrics,
        assembler: RowAssembler,
        running: RunningNodes,
        description: Description,
        first: int,
    ) -> None:
        super().__init__(network, mailbox, metrics, assembler)
        # fixed per run
        self._moments, self._running = metrics, running
        self._steps, self._log_every = description.steps, description.log_every
        # on the writer
        self._taken = np.zeros(mailbox.size)  # by all nodes of each rank
        self._saved_step = first
        self._row_written = False  # since a checkpoint or a stop is due
        self._asked: bool | None = None  # for a stop: whether for the time limit
        # on all ranks
        self.checkpoints = CheckpointSchedule(description)
        self.due = first
        self.save_due: int | None = None
        self.stop: Stop | None = None
        self._end_kept = not self.checkpoints.asked

    @property
    def ended(self) -> bool:
        """Whether this rank is to take no further step: the last row is due, a row has ended the run, or all stop."""
        return self.ending or self.stop is not None or self.due >= self._steps

    @property
    def done(self) -> bool:
        """Whether nothing more is due on this rank: its nodes have ended, and the checkpoint of the end is written."""
        return self.stop is not None or (self.ended and self._end_kept)

    def log(self, state: State, found: Finding | None = None) -> None:
        """Send the sums of this state to the writer, and note what else its row is to show."""
        self._moments.note()
        super().log(state, found)

    def poll(self, step: int) -> bool:
        """Tell the writer how far the nodes are, and handle what has come; return False: ranks do not fail."""
        taken = np.array([float(self._running.nodes.steps.sum())])
        self._mailbox.send_newest(WRITER, PROGRESS, step, taken)
        super().poll(step)
        if self._mailbox.rank == WRITER and not self.done and self._assembler.idle:
            self._decide()
        return False

    def waiting(self) -> list[int]:
        """Return the ranks that a row waits for, on the writer; another thread may ask."""
        return self._assembler.missing()

    def saved(self) -> None:
        """Note that the checkpoint that was due has been written."""
        self.save_due, self._end_kept = None, self._end_kept or self.ended
        self.checkpoints.saved()

    def report(self, found: Finding) -> None:
        """Tell the writer that a node of this rank has diverged; it ends the run for all."""
        self._mailbox.send(WRITER, FOUND, found.step, text_values(found.text))

    def ask_for_stop(self, step: int, *, out_of_time: bool) -> None:
        """Tell the writer that all ranks are to stop, and why."""
        self._mailbox.send(WRITER, ASKED, step, np.array([float(out_of_time)]))

    def close(self, status: str) -> Trace | None:
        """End the trace early; return it on the writer."""
        return self._assembler.close(status)

    def _decide(self) -> None:
        """Tell all ranks what is due next, if anything."""
        mean = int(self._taken.sum()) // self._network.topology.nodes
        step, row = max(mean, self.due), mean // self._log_every * self._log_every
        save = self.checkpoints.by_time or self.checkpoints.by_steps(self._saved_step, step)
        if self.ended:
            self._order(SAVE, self.due)
        elif step >= self._steps:
            self._order(DUE, self._steps)
        elif row > max(self.due, self._saved_step) and not self._row_written:
            self._row_written = save or self._asked is not None
            self._order(DUE, row)
        elif self._asked is not None:
            self._order(STOP, step, float(self._asked))
        elif save:
            self._saved_step, self._row_written = step, False
            self._order(SAVE, step)

    def _order(self, kind: int, step: int, *values: float) -> None:
        """Tell all ranks what to do next; this one does it at once, so that one thing is due at a time."""
        order = Message(WRITER, kind, step, np.array(values))
        for rank in self._mailbox.alive:
            if rank != WRITER:
                self._mailbox.send(rank, kind, step, order.values)
        self._handle(order)

    def _handle(self, message: Message) -> None:
        kind, values = message.kind, message.values
        if kind == PROGRESS:
            self._taken[message.sender] = values[0]
        elif kind == FOUND:
            raise Diverged(values_text(values))
        elif kind == ASKED:
            self._asked = bool(values[0]) if self._asked is None else self._asked
        elif kind == DUE:
            self.due = message.step
        elif kind == SAVE:
            self.save_due = message.step
        elif kind == STOP:
            self.stop = Stop(message.step, bool(values[0]))
        else:
            super()._handle(message)


def asynchronous_logger(
    assembly: Assembly,
    network: Network,
    running: RankNodes,
    metrics: AsynchronousMetrics,
    writer: TraceWriter | None,
    report: RowReport,
    start_point: StartPoint,
) -> AsynchronousLogger:
    """Return the logger of one of several ranks; ``writer`` is rank 0's."""
    assert network.ranks.comm is not None  # several
    described, mailbox = assembly.description, Mailbox(network.ranks.comm)
    dims = {name: assembly.problem.size(name) for name in assembly.algorithm.variables}
    assembler = RowAssembler(network, dims, mailbox, metrics, writer, report)
    first = 0 if start_point.checkpoint is None else start_point.checkpoint.step
    return AsynchronousLogger(network, mailbox, metrics, assembler, running, described, first)
