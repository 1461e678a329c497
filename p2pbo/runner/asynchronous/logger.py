"""The logger of asynchronous nodes on several ranks: rows are made of messages, and nobody waits for anybody.

    every rank → writer   how many steps its nodes have taken; that one has diverged; that a signal asks for a stop;
                          that its nodes stand still
    writer → every rank   its orders (``orders.py``)
    any → every rank      that a rank is lost

What a row takes is sent as where ranks may fail (``survivors/logger.py``). The writer is the lowest rank that is not
lost. It gives up a rank of which nothing has come for ``--silent-after``; every rank gives up a writer that has
received nothing for so long. Who is given up is out: it hears of it when it comes back, and stands still.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from p2pbo.algorithms import State
from p2pbo.asynchronous.node_edges import Reals
from p2pbo.asynchronous.rank_nodes import RankNodes
from p2pbo.config import Description
from p2pbo.config.interval import duration_or_never
from p2pbo.errors import Notice
from p2pbo.network import Network
from p2pbo.runner.assembly import Assembly
from p2pbo.runner.asynchronous.failure_detector import FailureDetector
from p2pbo.runner.asynchronous.metrics import AsynchronousMetrics, RunningNodes
from p2pbo.runner.asynchronous.orders import DUE, SAVE, STOP, WRITE, Order, Orders
from p2pbo.runner.checks.divergence import Finding
from p2pbo.runner.logging.logger import RowReport
from p2pbo.runner.process.exit_codes import Diverged
from p2pbo.runner.resume.schedule import CheckpointSchedule
from p2pbo.runner.resume.start_point import StartPoint
from p2pbo.runner.survivors.logger import SUMS, SurvivorLogger
from p2pbo.runner.survivors.mailbox import Mailbox, Message, text_values, values_text
from p2pbo.runner.survivors.row_assembly import RowAssembler
from p2pbo.runner.survivors.setup import part_opener
from p2pbo.trace import Header, Trace, TraceWriter

PROGRESS, FOUND, ASKED, STANDING, LOST = range(11, 16)
"""The kinds of messages beside those of a row and orders."""


class Stop(NamedTuple):
    """That all ranks stop: after which step, whether for the time limit, and whether with a checkpoint."""

    step: int
    out_of_time: bool
    saved: bool


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
        save_due: the step of a checkpoint for which all ranks are to stand still, if any.
        write_due: the same, once all do: it is to be written now.
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
        self._moments, self._running, self._steps = metrics, running, description.steps
        self.checkpoints = CheckpointSchedule(description)
        # on the writer
        self._orders = Orders(description, network.topology.nodes, mailbox.size, self.checkpoints, first)
        # on all ranks
        self._detector = FailureDetector(duration_or_never(description.silent_after))
        self._said: list[Message] = []  # to the writer, and to the next one again
        self.due = first
        self.save_due: int | None = None
        self.write_due: int | None = None
        self.stop: Stop | None = None
        self._stop_once_saved: Stop | None = None
        self._end_kept = not self.checkpoints.asked
        of_all = {"checkpoints": self.checkpoints.asked, "exact figures": metrics.exact}
        self._of_all = [name for name, asked in of_all.items() if asked]  # nodes

    @property
    def writes(self) -> bool:
        """Whether this rank is the writer."""
        return self._writer == self._mailbox.rank

    @property
    def excluded(self) -> bool:
        """Whether others have given up this rank: its nodes stand still until the job ends."""
        return self._mailbox.rank in self._mailbox.failed

    @property
    def ended(self) -> bool:
        """Whether the run is at its end: the last row is due, a row has ended the run, or all stop."""
        return self.ending or self.stop is not None or self.due >= self._steps

    @property
    def stands(self) -> bool:
        """Whether the nodes of this rank are to take no step now."""
        return self.ended or self.save_due is not None or self.excluded

    @property
    def done(self) -> bool:
        """Whether nothing more is due on this rank: its nodes have ended, and the checkpoint of the end is written.

        Where all stop without one, the writer ends the job.
        """
        if self.excluded:
            return False
        if self.stop is not None:
            return self.stop.saved or self.writes
        return self.ended and self._end_kept

    def log(self, state: State, found: Finding | None = None) -> None:
        """Send the sums of this state to the writer, and note what else its row is to show."""
        self._moments.note()
        super().log(state, found)

    def poll(self, step: int) -> bool:
        """Tell the writer how far the nodes are, and handle what has come; return False: ranks do not die."""
        self._detector.look()
        taken = np.array([float(self._running.nodes.steps.sum())])
        if self._mailbox.send_newest(self._writer, PROGRESS, step, taken):
            self._detector.hear(self._writer)  # it has received the one before
        super().poll(step)
        self._tell_what_ends()
        self._give_up_silent(step)
        if self.writes and not self.done and self._assembler.idle:
            self._decide()
        return False

    def waiting(self) -> list[int]:
        """Return the ranks that a row waits for, on the writer; another thread may ask."""
        return self._assembler.missing()

    def saved(self) -> None:
        """Note that the checkpoint that was due has been written."""
        self.stop = self._stop_once_saved
        self.checkpoints.saved()
        self._end_save()

    def report(self, found: Finding) -> None:
        """Tell the writer that a node of this rank has diverged; it ends the run for all."""
        self._say(FOUND, found.step, text_values(found.text))

    def ask_for_stop(self, step: int, *, out_of_time: bool) -> None:
        """Tell the writer that all ranks are to stop, and why."""
        self._say(ASKED, step, np.array([float(out_of_time)]))

    def close(self, status: str) -> Trace | None:
        """End the trace early; return it on the writer."""
        return self._assembler.close(status)

    def _say(self, kind: int, step: int, values: Reals) -> None:
        self._said.append(Message(self._mailbox.rank, kind, step, values))
        self._mailbox.send(self._writer, kind, step, values)

    def _change_writer(self, writer: int) -> None:
        """Tell a new writer what the last one may not have heeded; it begins with the newest row it knows of."""
        super()._change_writer(writer)
        for message in self._said:
            self._mailbox.send(writer, message.kind, message.step, message.values)
        if self.writes:
            self._order(Order(DUE, self.due))

    def _give_up_silent(self, step: int) -> None:
        """Give up the ranks that are silent, as the writer, or the writer."""
        if self.excluded:
            return
        alive = self._mailbox.alive
        watched = alive if self.writes else [self._writer]
        for rank in self._detector.suspected(other for other in watched if other != self._mailbox.rank):
            for other in alive:
                self._mailbox.send(other, LOST, step, np.array([float(rank)]))

    def _tell_what_ends(self) -> None:
        """Say on the writer, once, what there is not any more without the ranks that are lost."""
        if self.writes and self._mailbox.failed and self._of_all:
            what = " and ".join(self._of_all)
            warnings.warn(f"{what} are of all nodes: there are none from now on", Notice, stacklevel=2)
            self._of_all = []

    def _decide(self) -> None:
        """Tell all ranks what is due next, if anything."""
        alive, whole = self._mailbox.alive, not self._mailbox.failed
        order = self._orders.next(self.due, alive, ended=self.ended, whole=whole)
        if order is not None:
            self._order(order)

    def _order(self, order: Order) -> None:
        """Tell all ranks what to do next; this one does it at once, so that one thing is due at a time."""
        values = np.array(order.values)
        for rank in self._mailbox.alive:
            if rank != self._mailbox.rank:
                self._mailbox.send(rank, order.kind, order.step, values)
        self._handle(Message(self._mailbox.rank, order.kind, order.step, values))

    def _handle(self, message: Message) -> None:
        sender, kind, step, values = message
        if sender in self._mailbox.failed:
            return
        self._detector.hear(sender)
        if kind == PROGRESS:
            self._orders.taken[sender] = values[0]
        elif kind == FOUND:
            raise Diverged(values_text(values))
        elif kind == ASKED:
            self._orders.asked = bool(values[0]) if self._orders.asked is None else self._orders.asked
        elif kind == STANDING:
            self._orders.standing.add(sender)
        elif kind == LOST:
            self._lose(int(values[0]))
        elif kind == DUE:
            self.due = max(self.due, step)
        elif kind == SAVE:
            self.save_due = step
            self._stop_once_saved = Stop(step, bool(values[0]), saved=True) if values.size else None
            self._mailbox.send(self._writer, STANDING, step, np.empty(0))
        elif kind == WRITE:
            self.write_due = step
        elif kind == STOP:
            self.stop = Stop(step, bool(values[0]), saved=False)
        else:
            if kind == SUMS and self.writes and step > self.due:  # of a row that a lost writer has ordered
                self._order(Order(DUE, step))
            super()._handle(message)

    def _lose(self, rank: int) -> None:
        """Go on without a rank, and without checkpoints: they hold all nodes."""
        self._mailbox.failed.add(rank)
        self._stop_once_saved = None
        self._end_save()
        self._end_kept = True

    def _end_save(self) -> None:
        """Note that the checkpoint that was due has been written, or that there will be none."""
        self.save_due = self.write_due = None
        self._end_kept = self._end_kept or self.ended
        self._orders.saved()


def asynchronous_logger(
    assembly: Assembly,
    network: Network,
    running: RankNodes,
    metrics: AsynchronousMetrics,
    writer: TraceWriter | None,
    header: Callable[[], Header],
    report: RowReport,
    start_point: StartPoint,
) -> AsynchronousLogger:
    """Return the logger of one of several ranks; ``writer`` is rank 0's, ``header`` gives that of a further part."""
    assert network.ranks.comm is not None  # several
    described, mailbox = assembly.description, Mailbox(network.ranks.comm)
    dims = {name: assembly.problem.size(name) for name in assembly.algorithm.variables}
    parts, loss = part_opener(described, header), f"was silent for {described.silent_after}"
    assembler = RowAssembler(network, dims, mailbox, metrics, writer, report, parts, loss)
    first = 0 if start_point.checkpoint is None else start_point.checkpoint.step
    return AsynchronousLogger(network, mailbox, metrics, assembler, running, described, first)
