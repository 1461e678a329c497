"""The chronicle of a run: its logged states and its end, written by rank 0 from what all ranks gather there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from p2pbo.algorithms import State
from p2pbo.network import Network
from p2pbo.runner.checks.divergence import Finding
from p2pbo.runner.logging.metrics import Observer
from p2pbo.trace import COMPLETED, Row, Trace, TraceWriter


class Chronicle(Protocol):
    """Every rank's part in writing a trace."""

    meets: bool
    """Whether all ranks wait for each other in every logged step."""

    def log(self, state: State, found: Finding | None = None) -> None:
        """A state to be logged, and why the run ends with it, where it does; on ranks that do not meet, this one's."""

    def attend(self, step: int) -> bool:
        """Between steps: whether somebody has died since the last look."""

    def finish(self, state: State) -> Trace | None:
        """Return the final state, and the end; the trace on the rank that writes."""

    def close(self, status: str) -> Trace | None:
        """Return the run has not come to its end; what there is of the trace on the rank that writes."""


class Gathered:
    """All ranks meet in every logged step, and know what all have found.

    Args:
        observer: makes rows.
        network: of the run.
        writer: of the trace, on rank 0.
        watch: called there with each row that is not the end of a run that has diverged.
    """

    meets = True

    def __init__(
        self, observer: Observer, network: Network, writer: TraceWriter | None, watch: Callable[[Row], None]
    ) -> None:
        self._observer, self._network, self._writer, self._watch = observer, network, writer, watch

    def log(self, state: State, found: Finding | None = None) -> None:
        """Append its row."""
        row = self._observer.row(state)
        if self._writer is not None and row is not None:
            self._writer.append(row)
            if found is None:
                self._watch(row)

    def attend(self, step: int) -> bool:
        """Nobody dies alone."""
        return False

    def finish(self, state: State) -> Trace | None:
        """Gather the final state, block by block, the edges' counts, and what crossed between ranks."""
        ranks, network = self._network.ranks, self._network
        for name, V in zip("xyz", state.point, strict=False):
            ranks.rows(V, self._into(f"final_{name}"))
        sent, messages = ranks.gather(network.edge_bytes), ranks.gather(network.edge_messages)
        crossed = ranks.total(np.array([network.crossed_bytes, network.crossed_messages]))
        if self._writer is None or sent is None or messages is None:
            return None
        self._writer.edges(sent, messages)
        for name, count in zip(("crossed_bytes", "crossed_messages"), crossed, strict=True):
            self._writer.total(name, int(count))
        return self._writer.close(COMPLETED)

    def close(self, status: str) -> Trace | None:
        """Close the trace with this status, unless it has one."""
        return None if self._writer is None or self._writer.closed else self._writer.close(status)

    def _into(self, name: str) -> Callable[[Any], None]:
        first = 0

        def write(rows: Any) -> None:
            nonlocal first
            assert self._writer is not None  # rows arrive on rank 0
            self._writer.final(name, first, rows)
            first += len(rows)

        return write
