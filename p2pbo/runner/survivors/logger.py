"""The logger of a run whose ranks may fail: all metrics travel as messages, and no rank waits for any before the end.

    every rank → writer   Σ v_i of its nodes         writer → every rank   v̄, when all ranks alive have sent theirs
    every rank → writer   metrics at v̄               the writer appends the row, when all ranks alive have sent theirs
    writer → every rank   what ends the run          if this row does: all stop at the step of which they give notice

The writer is the lowest rank alive. When it fails, every rank tells the next one what it has logged last, which goes on
in a part of its own. In the end every rank waits for the writer, or for the next.
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from p2pbo.algorithms import State
from p2pbo.algorithms.state import Point
from p2pbo.network import Network
from p2pbo.runner.checks.divergence import Finding
from p2pbo.runner.logging.metrics import RankMetrics
from p2pbo.runner.survivors.mailbox import Mailbox, Message, text_values, values_text
from p2pbo.runner.survivors.row_assembly import MetricLayout, RowAssembler
from p2pbo.trace import Trace

SUMS, MEANS, METRICS, FINAL, CLOSED, ENDED = range(1, 7)
"""The kinds of messages; the writer sends ``MEANS``, ``ENDED`` when a row ends the run, and ``CLOSED`` in the end."""

KEPT_ANSWERED, KEPT_UNANSWERED = 3, 64
"""The numbers of logged points that are kept for a new writer once answered, and while they wait for means."""

PAUSE = 1e-3
"""Seconds between looks at the mailbox in the end."""


class SurvivorLogger:
    """One rank's part in logging, without waiting: the writer ends a diverged run after the row that shows it.

    Args:
        network: its ranks may fail.
        mailbox: of this rank.
        metrics: what this rank contributes to rows.
        assembler: writes rows while this rank is the lowest alive.
    """

    collective = False

    def __init__(
        self, network: Network, mailbox: Mailbox, metrics: RankMetrics, assembler: RowAssembler
    ) -> None:
        self._network, self._mailbox, self._metrics, self._assembler = network, mailbox, metrics, assembler
        self._writer = mailbox.alive[0]
        self._logged: dict[int, Point] = {}
        self._findings: dict[int, str] = {}  # why the run ends with it, by the same steps
        self._failures: dict[int, int] = {}  # rank → the first step in which a rank noticed its failure
        self._known: set[int] = set()
        self._layout: MetricLayout | None = None
        self._ended: State | None = None
        self._closed = False

    @property
    def ending(self) -> bool:
        """Whether this rank knows that a row has ended the run."""
        return self._assembler.ended_by != ""

    def close(self, status: str) -> Trace | None:
        """End the run early for all ranks, which hear of it when they next communicate; return the writer's trace."""
        trace = self._assembler.close(status)
        self._mailbox.revoke()
        self._network.revoke()
        return trace

    def log(self, state: State, found: Finding | None = None) -> None:
        """Send the sums of this state to the writer."""
        self._logged[state.step] = state.point
        self._findings[state.step] = "" if found is None else found.text
        for step in sorted(self._logged)[:-KEPT_UNANSWERED]:
            self._forget(step)
        self._send_sums(state.step, state.point)

    def begin_again(self, step: int, cause: str) -> bool:
        """Return False: ranks that may die have no step in which all of them meet."""
        return False

    def poll(self, step: int) -> bool:
        """Handle the messages that have come; tell whether a rank has failed since the last call."""
        for message in self._mailbox.receive():
            self._handle(message)
        lost = self._network.failed
        self._mailbox.failed |= lost
        news = self._mailbox.failed - self._known
        for rank in news:
            self._failures.setdefault(rank, step)
            if rank not in lost:
                self._network.mark_failed(rank)
        self._known |= news
        if self._mailbox.alive[0] != self._writer:
            self._change_writer(self._mailbox.alive[0])
        if self._writer == self._mailbox.rank:
            known = self.ending
            self._assembler.advance(self._send_means, self._layout, self._failures)
            if self.ending and not known:
                self._send_ending(step)
        return bool(news)

    def finish(self, state: State) -> Trace | None:
        """Send the final state to the writer, and wait until it has all of them; return the trace on its rank."""
        self._ended = state
        self._send_final(state)
        while not self._closed:
            self.poll(state.step)
            if self._writer == self._mailbox.rank and self._assembler.ready():
                trace = self._assembler.finish(self._failures)
                for rank in self._mailbox.alive:
                    self._mailbox.send(rank, CLOSED, state.step, np.empty(0))
                return trace
            time.sleep(PAUSE)
        return None

    def _change_writer(self, writer: int) -> None:
        """Send a new writer what the last one may not have written."""
        self._writer = writer
        for step, point in self._logged.items():
            self._send_sums(step, point)
        if self._ended is not None:
            self._send_final(self._ended)

    def _send_sums(self, step: int, point: Point) -> None:
        failures = [number for failure in self._failures.items() for number in failure]
        finding = text_values(self._findings[step])
        sums = [V.sum(axis=0, dtype=np.float64) for V in point]
        values = np.concatenate([[len(failures)], failures, [len(finding)], finding, *sums])
        self._mailbox.send(self._writer, SUMS, step, values)

    def _send_final(self, state: State) -> None:
        parts = [*state.point, self._network.edge_bytes, self._network.edge_messages]
        values = np.concatenate([np.ravel(part).astype(np.float64) for part in parts])
        self._mailbox.send(self._writer, FINAL, state.step, values)

    def _send_means(self, step: int, means: NDArray[np.float64]) -> None:
        for rank in self._mailbox.alive:
            self._mailbox.send(rank, MEANS, step, means)

    def _send_ending(self, step: int) -> None:
        text = text_values(self._assembler.ended_by)
        for rank in self._mailbox.alive:
            self._mailbox.send(rank, ENDED, step, text)

    def _handle(self, message: Message) -> None:
        kind, values = message.kind, message.values
        if kind == SUMS:
            failures, values = _counted(values)
            for rank, step in failures.reshape(-1, 2).astype(int).tolist():
                self._mailbox.failed.add(rank)
                self._failures[rank] = min(step, self._failures.get(rank, step))
            finding, sums = _counted(values)
            self._assembler.add_sums(message, sums, values_text(finding))
        elif kind == MEANS:
            self._send_metrics(message)
        elif kind == METRICS:
            self._assembler.add_metrics(message)
        elif kind == FINAL:
            self._assembler.add_final(message)
        elif kind == ENDED:
            self._assembler.ended_by = values_text(values)
        elif kind == CLOSED:
            self._closed = True

    def _send_metrics(self, message: Message) -> None:
        """Answer the writer's means with the metrics of the logged point that they are of."""
        point = self._logged.get(message.step)
        if point is None:  # too long ago: a later row is on its way
            return
        means = tuple(np.split(message.values, np.cumsum([V.shape[1] for V in point])[:-1]))
        sums, times = self._metrics.node_sums(point, means), self._metrics.rank_times()
        columns = self._metrics.node_columns(point, means)
        self._layout = MetricLayout(
            tuple(sums), tuple(times), {name: own.dtype for name, own in columns.items()}
        )
        own = [column.astype(np.float64) for column in columns.values()]
        values = np.concatenate([[*sums.values()], [*times.values()], *own])
        self._mailbox.send(message.sender, METRICS, message.step, values)
        answered = [step for step in self._logged if step <= message.step]
        for step in sorted(answered)[:-KEPT_ANSWERED]:
            self._forget(step)

    def _forget(self, step: int) -> None:
        del self._logged[step], self._findings[step]


def _counted(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return as many of the values as the first of them says, and those behind them."""
    end = 1 + int(values[0])
    return values[1:end], values[end:]
