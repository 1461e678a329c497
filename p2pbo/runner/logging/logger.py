"""The logger of a run: it writes rows of the trace and its end, on rank 0 from what all ranks gather there."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from p2pbo.algorithms import State
from p2pbo.errors import Notice
from p2pbo.network import Network
from p2pbo.runner.checks.divergence import Finding
from p2pbo.runner.logging.metrics import MetricsCollector, StepTimer
from p2pbo.runner.stopping.until import Until
from p2pbo.trace import COMPLETED, Trace, TraceRow, TraceWriter
from p2pbo.trace.attributes import STEPS

RowCallback = Callable[[TraceRow, int], bool | None]
"""A function that rank 0 calls with each logged row and the number of steps of the run; true ends the run."""

RowReport = Callable[[TraceRow], str]
"""A function that is called with each logged row on the rank that writes it, and returns what ends the run, if any."""

CALLBACK = "callback"
"""What has ended a run where who is told of its rows has."""


class RunLogger(Protocol):
    """A rank's part in writing the trace of a run."""

    collective: bool
    """Whether all ranks wait for each other in every logged step."""

    @property
    def ending(self) -> bool:
        """Whether this rank knows that the run ends early: if ``collective``, all ranks do after the same row."""

    def log(self, state: State, found: Finding | None = None) -> None:
        """Log a state, and why the run ends with it, where it does (on this rank alone, if not ``collective``)."""

    def begin_again(self, step: int, cause: str) -> bool:
        """Record that the run begins again after this step, and why; False: without a meeting ranks cannot."""

    def poll(self, step: int) -> bool:
        """Handle between steps what has come; tell whether a rank has failed since the last call."""

    def finish(self, state: State) -> Trace | None:
        """Write the final state and the end; return the trace on the rank that writes."""

    def close(self, status: str) -> Trace | None:
        """End the trace of a run that has not come to its end; return it on the rank that writes."""


class CollectiveLogger:
    """A logger for which all ranks communicate in every logged step.

    Args:
        collector: makes rows.
        network: of the run.
        timer: of the steps.
        writer: of the trace, on rank 0.
        report: called there with each row that is not the end of a run that has diverged.
    """

    collective = True

    def __init__(
        self,
        collector: MetricsCollector,
        network: Network,
        timer: StepTimer,
        writer: TraceWriter | None,
        report: RowReport,
    ) -> None:
        self._collector, self._network, self._timer = collector, network, timer
        self._writer, self._report = writer, report
        self._ended_by, self._ending = "", False

    @property
    def ending(self) -> bool:
        """Whether a row has ended the run."""
        return self._ending

    def log(self, state: State, found: Finding | None = None) -> None:
        """Append the state's row, and agree whether the run ends with it."""
        row = self._collector.row(state)
        if self._writer is not None and row is not None:
            self._writer.append(row)
            if found is None:
                self._ended_by = self._report(row)
        self._ending = bool(self._network.ranks.broadcast(np.array([self._ended_by != ""]))[0])

    def begin_again(self, step: int, cause: str) -> bool:
        """Record that the run begins again after this step, and warn of it."""
        if self._writer is not None:
            self._writer.add_beginning(step)
            shorter = "the run begins again from its start, with a tenth of c_x"
            warnings.warn(f"{cause}; {shorter}", Notice, stacklevel=2)
        return True

    def record_failure(self, step: int, node: int, gap: float) -> None:
        """Record that a node has failed, and the spectral gap of the graph that it leaves."""
        if self._writer is not None:
            self._writer.add_failures(step, [node], gap)

    def poll(self, step: int) -> bool:
        """Return False: a rank that fails ends the whole job."""
        return False

    def finish(self, state: State) -> Trace | None:
        """Write the final state, block by block, the edges' counts, what crossed between ranks, and their waits."""
        ranks, network = self._network.ranks, self._network
        for name, V in zip(self._collector.variables, state.point, strict=True):
            ranks.rows(V, self._into(f"final_{name}"))
        sent, messages = ranks.gather(network.edge_bytes), ranks.gather(network.edge_messages)
        crossed = ranks.total(np.array([network.crossed_bytes, network.crossed_messages]))
        waits = ranks.gather(self._waits())
        period = ranks.total(np.array([self._timer.wall - self._timer.earlier]))
        if self._writer is None or sent is None or messages is None:
            return None
        self._writer.write_edge_counts(sent, messages)
        for name, count in zip(("crossed_bytes", "crossed_messages"), crossed, strict=True):
            self._writer.write_total(name, int(count))
        if waits is not None and len(waits):
            self._writer.write_rank_waits(waits, float(period[0]) / ranks.size)
        self._writer.write_ended_by(self._ended_by or STEPS)
        return self._writer.close(COMPLETED)

    def close(self, status: str) -> Trace | None:
        """Close the trace with this status, unless it has one."""
        return None if self._writer is None or self._writer.closed else self._writer.close(status)

    def _waits(self) -> NDArray[np.float64]:
        """Return how long this rank has waited for others: rows (this rank, other rank, seconds)."""
        rank = self._network.ranks.rank
        rows = [(rank, other, seconds) for other, seconds in self._network.wait_times.items()]
        return np.array(rows, dtype=np.float64).reshape(-1, 3)

    def _into(self, name: str) -> Callable[[Any], None]:
        first = 0

        def write(rows: Any) -> None:
            nonlocal first
            assert self._writer is not None  # rows arrive on rank 0
            self._writer.write_final(name, first, rows)
            first += len(rows)

        return write


class RowReporter:
    """Reports each logged row, on the rank that writes it, to ``on_row`` if there is one; it or a target ends the run.

    The first row whose losses at the network's average are not finite comes with a warning; its run may still be sound.
    So does the last row where steps are ``measured`` and the loss has grown: they may have thrown x far away.
    """

    def __init__(
        self, on_row: RowCallback | None, steps: int, until: Until, *, measured: bool = False
    ) -> None:
        self._on_row, self._steps, self._until, self._measured = on_row, steps, until, measured
        self._warned, self._start = False, math.inf

    def __call__(self, row: TraceRow) -> str:
        """Report a row; return what ends the run with it, "" where it goes on."""
        odd = [side for side in ("upper", "lower") if not math.isfinite(row.metrics[f"{side}_loss"])]
        if odd and not self._warned:
            self._warned = True
            side = odd[0]
            loss = f"the {side} loss at the network's average is {row.metrics[f'{side}_loss']} at step {row.step}"
            remedy = "look for a logarithm, root or quotient outside its domain, or lower the step sizes"
            warnings.warn(f"{loss}, though every node's x and y are finite; {remedy}", Notice, stacklevel=2)
        if self._measured:
            self._compare_with_start(row)
        called_off = self._on_row is not None and self._on_row(row, self._steps)
        return self._until.reached(row) or (CALLBACK if called_off else "")

    def _compare_with_start(self, row: TraceRow) -> None:
        loss = row.metrics["upper_loss"]
        if row.step == 0:
            self._start = loss
        elif row.step == self._steps and loss > self._start:
            cause = f"the upper loss is {loss:.4g} at the end and was {self._start:.4g} at the start"
            remedy = "measured steps may have thrown x far away: lower c_x"
            warnings.warn(f"{cause}; {remedy}", Notice, stacklevel=2)
