"""The metrics of asynchronous nodes: what others have, their own steps, and how old what they know of others is."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from p2pbo.algorithms.state import Point
from p2pbo.asynchronous.hosted_nodes import HostedNodes
from p2pbo.asynchronous.node_edges import Integers, Reals
from p2pbo.network import Network
from p2pbo.runner.assembly import Assembly
from p2pbo.runner.logging.averaged_nodes import AveragedNodes
from p2pbo.runner.logging.exact_figures import AverageFigures, Means
from p2pbo.runner.logging.metrics import RankMetrics, StepTimer
from p2pbo.trace import TraceRow


class RunningNodes(Protocol):
    """Asynchronous nodes of one process as a row shows them, simulated or of a rank."""

    @property
    def nodes(self) -> HostedNodes:
        """The hosted nodes."""

    @property
    def now(self) -> float:
        """Seconds since the start of the run."""

    @property
    def living(self) -> NDArray[np.bool_]:
        """Whether each hosted node has not failed; rows are of those."""

    @property
    def on_their_way(self) -> int:
        """The number of messages that have been sent and have not come."""


class Moment(NamedTuple):
    """What is noted of the hosted nodes when a row is of this moment.

    Attributes:
        steps: of each node, (nodes,).
        ages: of the oldest row that each has of a neighbour, in seconds, (nodes,).
        on_their_way: messages.
    """

    steps: Integers
    ages: Reals
    on_their_way: int

    @classmethod
    def of(cls, running: RunningNodes) -> Moment:
        """Return this moment."""
        return cls(running.nodes.steps, running.nodes.ages(running.now), running.on_their_way)


class AsynchronousMetrics(RankMetrics):
    """The metrics that one process contributes to a row of asynchronous nodes.

    Rows of several ranks are made while nodes step on: they are of the moment that :meth:`note` has noted last.

    Args:
        assembly, network, timer, averaged: of the run.
        running: the hosted nodes.
        figures: of the exact solution, where ranks log without waiting and every one knows it; None: there are none.
    """

    def __init__(
        self,
        assembly: Assembly,
        network: Network,
        timer: StepTimer,
        averaged: AveragedNodes,
        running: RunningNodes,
        figures: AverageFigures | None = None,
    ) -> None:
        super().__init__(assembly, network, timer, averaged)
        self._running, self._figures = running, figures
        self._noted: Moment | None = None

    @property
    def exact(self) -> bool:
        """Whether rows of several ranks have figures of the exact solution."""
        return self._figures is not None

    def note(self) -> None:
        """Note this moment: that of the next row."""
        self._noted = Moment.of(self._running)

    @property
    def _moment(self) -> Moment:
        return self._noted or Moment.of(self._running)

    def node_sums(self, point: Point, means: Means) -> dict[str, float]:
        """Return sums over the hosted nodes of what a row shows the mean of."""
        found = super().node_sums(point, means) | {"messages_on_their_way": self._moment.on_their_way}
        if self._figures is not None:
            found["hyper_objective"] = self._figures.share(means, len(point[0]))
        return found

    def node_columns(self, point: Point, means: Means) -> dict[str, NDArray[Any]]:
        """Return the metrics that have one value for each hosted node: of failed ones NaN, or the last count."""
        own = {"node_steps": self._moment.steps, "node_row_age": self._moment.ages}
        columns, living = super().node_columns(point, means) | own, self._running.living
        return {
            name: np.where(living, column, np.nan) if column.dtype.kind == "f" else column
            for name, column in columns.items()
        }

    def average_metrics(self, means: Means) -> dict[str, float]:
        """Return the metrics of the average that one rank alone can tell."""
        return super().average_metrics(means) | self._exact(means)

    def _exact(self, means: Means) -> dict[str, float]:
        """Return the exact figures of the average; NaN once ranks are lost: what is known is the solution of all."""
        if self._figures is None:
            return {}
        known = self._figures.known(means)
        return dict.fromkeys([*known, "hyper_objective"], math.nan) if self._network.failed else known

    def completed(self, row: TraceRow) -> TraceRow:
        """Return the row of all ranks with what follows from its metrics."""
        ages = np.asarray(row.node_metrics["node_row_age"])
        living = np.isfinite(ages).sum()
        found = {
            "row_age": float(np.nanmean(ages)),
            "largest_row_age": float(np.nanmax(ages)),
            "messages_on_their_way": float(round(row.metrics["messages_on_their_way"] * living)),
        }
        return replace(row, metrics={**row.metrics, **found})
