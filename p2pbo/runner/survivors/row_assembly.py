"""The assembly of trace rows on the rank that writes, from what all ranks alive have sent it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.errors import Notice
from p2pbo.network import Network
from p2pbo.runner.logging.exact_figures import Means
from p2pbo.runner.logging.logger import RowReport
from p2pbo.runner.logging.metrics import RankMetrics, with_consensus_norms
from p2pbo.runner.process.exit_codes import Diverged
from p2pbo.runner.survivors.mailbox import Mailbox, Message
from p2pbo.topology.induced_topology import induced_topology
from p2pbo.trace import COMPLETED, Trace, TraceRow, TraceWriter
from p2pbo.trace.attributes import STEPS

Vector = NDArray[np.float64]


@dataclass
class PartialRow:
    """A row that is not complete: what each rank has sent of it so far, by rank."""

    sums: dict[int, Vector] = field(default_factory=dict)
    findings: dict[int, str] = field(default_factory=dict)
    means: Means | None = None
    metrics: dict[int, Vector] = field(default_factory=dict)


@dataclass(frozen=True)
class MetricLayout:
    """The names of a rank's metrics, in the order in which their values are sent."""

    node_sums: tuple[str, ...]
    rank_times: tuple[str, ...]
    node_columns: Mapping[str, np.dtype[Any]]


class RowAssembler:
    """The rows of a trace, written as soon as all ranks alive have sent their parts.

    Args:
        network: its ranks may fail.
        dims: the entries of each variable by name.
        mailbox: of this rank; knows which ranks are alive.
        metrics: of this rank, for what one rank alone can tell.
        writer: of the trace, on the rank that has it open.
        report: called with each row that is not the end of a run that has diverged.
        open_part: opens the next part of the trace, where the rank that has it open may fail.
        loss: what a rank did that is counted out.

    Attributes:
        ended_by: what ends the run early, as soon as this rank knows.
    """

    def __init__(
        self,
        network: Network,
        dims: Mapping[str, int],
        mailbox: Mailbox,
        metrics: RankMetrics,
        writer: TraceWriter | None,
        report: RowReport,
        open_part: Callable[[], TraceWriter] | None = None,
        loss: str = "died",
    ) -> None:
        self._network, self._dims, self._mailbox, self._metrics = network, dims, mailbox, metrics
        self._writer, self._open_part, self._report = writer, open_part, report
        self._loss = loss
        self.ended_by = ""
        self._partial: dict[int, PartialRow] = {}
        self._finals: dict[int, Vector] = {}
        self._recorded: set[int] = set()
        self._columns: dict[str, NDArray[Any]] = {}

    def add_sums(self, message: Message, sums: Vector, finding: str) -> None:
        """Add Σ v_i of a rank's nodes, variable after variable, and why the run ends there, where it does."""
        partial = self._partial.setdefault(message.step, PartialRow())
        partial.sums[message.sender], partial.findings[message.sender] = sums, finding

    def add_metrics(self, message: Message) -> None:
        """Add a rank's metrics at the means."""
        self._partial.setdefault(message.step, PartialRow()).metrics[message.sender] = message.values

    def add_final(self, message: Message) -> None:
        """Add a rank's final state and counts."""
        self._finals[message.sender] = message.values

    def advance(
        self,
        send_means: Callable[[int, Vector], None],
        layout: MetricLayout | None,
        failures: Mapping[int, int],
    ) -> None:
        """Send means, and write rows, where all ranks alive have sent what these take.

        ``send_means`` sends a step's means to every rank; ``failures`` are the steps in which ranks failed.

        Raises:
            Diverged: a node's state has outgrown the start; its row is written.
        """
        for step in sorted(self._partial):
            partial = self._partial.get(step, PartialRow())
            if partial.means is None and self._complete(partial.sums):
                means = self._average(partial.sums)
                partial.means = tuple(np.split(means, np.cumsum([*self._dims.values()])[:-1]))
                send_means(step, means)
            if partial.means is not None and layout is not None and self._complete(partial.metrics):
                self._write(step, partial, partial.means, layout, failures)

    @property
    def idle(self) -> bool:
        """Whether no row is incomplete."""
        return not self._partial

    def missing(self) -> list[int]:
        """Return the ranks that a row waits for; another thread may ask."""
        ranks: set[int] = set()
        for partial in [*self._partial.values()]:
            sent = partial.sums if partial.means is None else partial.metrics
            ranks |= {rank for rank in self._mailbox.alive if rank not in sent}
        return sorted(ranks)

    def ready(self) -> bool:
        """Tell whether all ranks alive have sent their final state, and no row is incomplete."""
        return self.idle and self._complete(self._finals)

    def finish(self, failures: Mapping[int, int]) -> Trace:
        """Write the final states and the counts of all ranks alive; return the trace."""
        writer = self._open()
        self._record_failures(writer, failures)
        source, entries = self._network.topology.source, sum(self._dims.values())
        counts = np.zeros((2, len(source)), dtype=np.int64)
        for rank in self._mailbox.alive:
            hosted = self._network.placement.hosted(rank)
            rows, sent = np.split(self._finals[rank], [len(hosted) * entries])
            ends = np.cumsum([len(hosted) * dim for dim in self._dims.values()])
            for (name, dim), (a, b) in zip(self._dims.items(), pairwise([0, *ends]), strict=True):
                writer.write_final(
                    f"final_{name}", hosted.start, rows[a:b].reshape(-1, dim).astype(self._network.dtype)
                )
            counts[:, (source >= hosted.start) & (source < hosted.stop)] = sent.reshape(2, -1)
        writer.write_edge_counts(counts[0], counts[1])
        writer.write_ended_by(self.ended_by or STEPS)
        return writer.close(COMPLETED)

    def close(self, status: str) -> Trace | None:
        """Close a trace that is not complete with this status, unless it has one; return it."""
        return None if self._writer is None or self._writer.closed else self._writer.close(status)

    def _open(self) -> TraceWriter:
        if self._writer is None:
            assert self._open_part is not None  # ranks fail
            self._writer = self._open_part()
        return self._writer

    def _complete(self, sent: Mapping[int, Vector]) -> bool:
        return sent.keys() >= set(self._mailbox.alive)

    def _hosted(self) -> list[range]:
        return [self._network.placement.hosted(rank) for rank in self._mailbox.alive]

    def _average(self, sums: Mapping[int, Vector]) -> Vector:
        """Return the average over the nodes of all ranks alive."""
        total: Vector = np.sum([sums[rank] for rank in self._mailbox.alive], axis=0)
        return total / sum(map(len, self._hosted()))

    def _write(
        self, step: int, partial: PartialRow, means: Means, layout: MetricLayout, failures: Mapping[int, int]
    ) -> None:
        writer, ranks = self._open(), self._mailbox.alive
        nodes, times = len(layout.node_sums), len(layout.rank_times)
        totals = np.array([partial.metrics[rank][: nodes + times] for rank in ranks]).sum(axis=0)
        totals[:nodes] /= sum(map(len, self._hosted()))
        totals[nodes:] /= len(ranks)
        metrics = with_consensus_norms(
            dict(zip([*layout.node_sums, *layout.rank_times], totals.tolist(), strict=True))
        )
        self._record_failures(writer, failures)
        self._fill_columns({rank: partial.metrics[rank][nodes + times :] for rank in ranks}, layout)
        row = TraceRow(step, metrics | self._metrics.average_metrics(means), dict(self._columns))
        row = self._metrics.completed(row)
        writer.append(row)
        for rank in ranks:
            if partial.findings[rank]:
                raise Diverged(partial.findings[rank])
        self.ended_by = self._report(row) or self.ended_by
        self._partial = {at: later for at, later in self._partial.items() if at > step}

    def _fill_columns(self, sent: Mapping[int, Vector], layout: MetricLayout) -> None:
        """Fill in the metrics of every node; of failed ranks NaN, or the last count that is known."""
        K = self._network.topology.nodes
        for place, (name, dtype) in enumerate(layout.node_columns.items()):
            floating = np.issubdtype(dtype, np.floating)
            column = np.full(K, np.nan) if floating else self._columns.get(name, np.zeros(K, dtype)).copy()
            for rank, values in sent.items():
                hosted = self._network.placement.hosted(rank)
                own = values.reshape(len(layout.node_columns), len(hosted))[place]
                column[hosted.start : hosted.stop] = own
            self._columns[name] = column

    def _record_failures(self, writer: TraceWriter, failures: Mapping[int, int]) -> None:
        for rank, step in sorted(failures.items(), key=lambda failure: failure[1]):
            if rank not in self._recorded:
                self._recorded.add(rank)
                hosted = self._network.placement.hosted
                left = induced_topology(
                    self._network.topology, [n for failed in self._recorded for n in hosted(failed)]
                )
                writer.add_failures(step, list(hosted(rank)), left.gap)
                who = f"rank {rank} with {_node_list(tuple(hosted(rank)))} {self._loss} in step {step}"
                warnings.warn(_failure_notice(who, left.components), Notice, stacklevel=2)


def _failure_notice(who: str, pieces: tuple[tuple[int, ...], ...]) -> str:
    if len(pieces) == 1:
        return f"{who}; the other nodes go on"
    parts = " | ".join(map(_node_list, pieces))
    return f"{who}; the others fall apart into {parts}, each of which goes on alone"


def _node_list(nodes: tuple[int, ...]) -> str:
    if len(nodes) == 1:
        return f"node {nodes[0]}"
    whole = nodes == tuple(range(nodes[0], nodes[-1] + 1))
    return f"nodes {nodes[0]}–{nodes[-1]}" if whole else f"nodes {', '.join(map(str, nodes))}"
