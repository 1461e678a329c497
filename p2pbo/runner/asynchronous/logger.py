"""The logger of asynchronous nodes on several ranks: rows are made of messages, and nobody waits for anybody.

    every rank → writer   how many steps its nodes have taken; that one has diverged; that a signal asks for a stop
    writer → every rank   a row is due: each rank logs its nodes as they are (the last row: and ends); stop; save

What a row takes then is sent as where ranks may fail (``survivors/logger.py``). The writer is rank 0. A row is due when
the nodes have taken enough steps on average, and the one before is written: rows are left out rather than queued.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from p2pbo.algorithms import State
from p2pbo.asynchronous.rank_nodes import RankNodes
from p2pbo.network import Network
from p2pbo.runner.assembly import Assembly
from p2pbo.runner.asynchronous.metrics import AsynchronousMetrics, RunningNodes
from p2pbo.runner.checks.divergence import Finding
from p2pbo.runner.logging.logger import RowReport
from p2pbo.runner.process.exit_codes import Diverged
from p2pbo.runner.survivors.logger import SurvivorLogger
from p2pbo.runner.survivors.mailbox import Mailbox, Message
from p2pbo.runner.survivors.row_assembly import RowAssembler
from p2pbo.trace import Trace, TraceWriter

Reals = NDArray[np.float64]

PROGRESS, FOUND, ASKED, DUE, STOP = range(11, 16)
"""The kinds of messages beside those of a row; the writer sends the last two."""

WRITER = 0


class AsynchronousLogger(SurvivorLogger):
    """One rank's part in logging asynchronous nodes.

    Args:
        network, mailbox, metrics, assembler: as where ranks may fail.
        running: the nodes of this rank.
        steps: of the run, the mean of all nodes.
        log_every: rows are due after so many.

    Attributes:
        due: the newest row that this rank is to log.
        stopping: whether all ranks stop; then why, for a time limit or on request.
    """

    def __init__(
        self,
        network: Network,
        mailbox: Mailbox,
        metrics: AsynchronousMetrics,
        assembler: RowAssembler,
        running: RunningNodes,
        steps: int,
        log_every: int,
    ) -> None:
        super().__init__(network, mailbox, metrics, assembler)
        self._moments = metrics
        self._running, self._steps, self._log_every = running, steps, log_every
        self._taken = np.zeros(mailbox.size)  # on the writer, by all nodes of each rank
        self._asked_for = 0  # the newest row, on the writer
        self.due = 0
        self.stopping = ""

    @property
    def ended(self) -> bool:
        """Whether this rank is to take no further step: the last row is due, a row has ended the run, or all stop."""
        return self.ending or self.stopping != "" or self.due >= self._steps

    def log(self, state: State, found: Finding | None = None) -> None:
        """Send the sums of this state to the writer, and note what else its row is to show."""
        self._moments.note()
        super().log(state, found)

    def poll(self, step: int) -> bool:
        """Tell the writer how far the nodes are, and handle what has come; return False: ranks do not fail."""
        taken = np.array([float(self._running.nodes.steps.sum())])
        self._mailbox.send_newest(WRITER, PROGRESS, step, taken)
        super().poll(step)
        if self._mailbox.rank == WRITER and not self._decided:
            self._ask_for_row()
        return False

    def report(self, found: Finding) -> None:
        """Tell the writer that a node of this rank has diverged; it ends the run for all."""
        self._mailbox.send(WRITER, FOUND, found.step, _numbers(found.text))

    def ask_for_stop(self, step: int, cause: str) -> None:
        """Tell the writer that all ranks are to stop, and why."""
        self._mailbox.send(WRITER, ASKED, step, _numbers(cause))

    def close(self, status: str) -> Trace | None:
        """End the trace early; return it on the writer."""
        return self._assembler.close(status)

    def _ask_for_row(self) -> None:
        mean = float(self._taken.sum()) / self._network.topology.nodes
        row = self._steps if mean >= self._steps else int(mean) // self._log_every * self._log_every
        if row > self._asked_for and self._assembler.idle:
            self._asked_for = row
            self._send_all(DUE, row, np.empty(0))

    def _send_all(self, kind: int, step: int, values: Reals) -> None:
        for rank in self._mailbox.alive:
            self._mailbox.send(rank, kind, step, values)

    @property
    def _decided(self) -> bool:
        """Whether the writer has told how the run ends."""
        return self.ended or self._asked_for >= self._steps

    def _handle(self, message: Message) -> None:
        kind, values = message.kind, message.values
        if kind == PROGRESS:
            self._taken[message.sender] = values[0]
        elif kind == FOUND:
            raise Diverged(_text(values))
        elif kind == ASKED and not self._decided:
            self._send_all(STOP, message.step, values)
            self.stopping = _text(values)
        elif kind == DUE:
            self.due = message.step
        elif kind == STOP:
            self.stopping = _text(values)
        elif kind != ASKED:
            super()._handle(message)


def asynchronous_logger(
    assembly: Assembly,
    network: Network,
    running: RankNodes,
    metrics: AsynchronousMetrics,
    writer: TraceWriter | None,
    report: RowReport,
) -> AsynchronousLogger:
    """Return the logger of one of several ranks; ``writer`` is rank 0's."""
    assert network.ranks.comm is not None  # several
    described, mailbox = assembly.description, Mailbox(network.ranks.comm)
    dims = {name: assembly.problem.size(name) for name in assembly.algorithm.variables}
    assembler = RowAssembler(network, dims, mailbox, metrics, writer, report)
    return AsynchronousLogger(
        network, mailbox, metrics, assembler, running, described.steps, described.log_every
    )


def _numbers(text: str) -> Reals:
    """Return the bytes of a text as numbers."""
    return np.frombuffer(text.encode(), np.uint8).astype(np.float64)


def _text(values: Reals) -> str:
    """Return the text whose bytes these are."""
    return values.astype(np.uint8).tobytes().decode()
