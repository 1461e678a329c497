"""The metrics of a logged step: at the network's average and of every node, gathered on rank 0.

Where each node has a lower level of its own there is no y of the network: losses and accuracies are means over nodes at
the average x and their own y, and only x has consensus errors.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.algorithms import State
from p2pbo.algorithms.state import Point
from p2pbo.arrays import Rows
from p2pbo.network import Network
from p2pbo.runner.assembly import Assembly
from p2pbo.runner.logging.averaged_nodes import AveragedNodes
from p2pbo.runner.logging.exact_figures import AverageFigures, Means, OwnFigures
from p2pbo.runner.logging.exact_solution import ExactSolver
from p2pbo.trace import TraceRow


@dataclass
class StepTimer:
    """Seconds spent in steps, without logging.

    Attributes:
        wall: in all steps of the run.
        earlier: in those before it was resumed.
    """

    wall: float = 0.0
    earlier: float = 0.0


class RankMetrics:
    """The metrics that one rank contributes to a row.

    Args:
        assembly, network, timer: of the run.
        averaged: the nodes over which rows average.
    """

    def __init__(
        self, assembly: Assembly, network: Network, timer: StepTimer, averaged: AveragedNodes
    ) -> None:
        self._held_out, self._oracles = assembly.held_out, assembly.oracles
        self._own_y = assembly.problem.lower_level == "local"
        self._shared = "x" if self._own_y else assembly.algorithm.variables
        self._network, self._timer = network, timer
        self.averaged = averaged

    def node_sums(self, point: Point, means: Means) -> dict[str, float]:
        """Return sums over the hosted nodes of what a row shows the mean of."""
        X = np.broadcast_to(means[0], point[0].shape).astype(point[0].dtype)
        Y = point[1] if self._own_y else np.broadcast_to(means[1], point[1].shape).astype(point[1].dtype)
        f, g = self._oracles.losses(X, Y)
        found = {"upper_loss": f, "lower_loss": g, **self._oracles.metrics(X, Y)}
        if self._held_out is not None and self._own_y:
            found |= self._held_out.of_each(means[0], Y.astype(np.float64))
        found |= {
            f"consensus_{name}": own
            for name, own in zip(self._shared, _distances(point, means), strict=False)  # x comes first
        }
        return {name: self.averaged.total(values) for name, values in found.items()}

    def rank_times(self) -> dict[str, float]:
        """Return the times of this rank, of which a row shows the mean."""
        wall, wait = self._timer.wall, self._network.wait_time
        return {"wall_time": wall, "compute_time": wall - wait, "wait_time": wait}

    def node_columns(self, point: Point, means: Means) -> dict[str, NDArray[Any]]:
        """Return the metrics that have one value for each hosted node."""
        sent_bytes, messages = self._network.sent_by_node()
        own = self._oracles.losses(point[0], point[1])[0].astype(np.float64)
        columns = {"node_upper_loss": own, "node_consensus_x": np.sqrt(_distances(point, means)[0])}
        columns |= {"bytes_sent": sent_bytes, "messages_sent": messages}
        cost = self._oracles.cost
        if cost is not None:
            columns["node_oracle_time"] = cost.seconds
            if cost.counting:
                columns["node_flops"] = cost.flops
        return columns

    def completed(self, row: TraceRow) -> TraceRow:
        """Return the row of all ranks with what follows from its metrics."""
        return row

    def average_metrics(self, means: Means) -> dict[str, float]:
        """Return the metrics of the average that one rank alone can tell."""
        clock, held_out = self._network.clock, self._held_out
        found = {} if clock is None else {"modelled_time": clock.now}
        return found if held_out is None or self._own_y else {**found, **held_out(means[0], means[1])}


class MetricsCollector:
    """The rows of a run, made by all ranks together on the side plane.

    ``metrics`` are what this rank contributes. With a ``solver`` rows compare the average with the exact solution, and
    hold NaN where none is found.

    Attributes:
        variables: the names of a state's variables.
    """

    def __init__(
        self, assembly: Assembly, network: Network, solver: ExactSolver | None, metrics: RankMetrics
    ) -> None:
        self._rank_metrics = metrics
        self._network, self._oracles, self._algorithm = network, assembly.oracles, assembly.algorithm
        self.variables = assembly.algorithm.variables
        figures = OwnFigures if assembly.problem.lower_level == "local" else AverageFigures
        bounds = assembly.problem.bounds and assembly.problem.bounds.rounded(network.dtype)
        parts = assembly.oracles, network, metrics.averaged, self.variables, bounds
        self._figures = solver and figures(solver, *parts)

    def row(self, state: State) -> TraceRow | None:
        """Return the row of this state on rank 0, None elsewhere; called by all ranks."""
        ranks, K = self._network.ranks, self._rank_metrics.averaged.nodes
        means = tuple(self._mean(V) for V in state.point)
        nodes, times = self._rank_metrics.node_sums(state.point, means), self._rank_metrics.rank_times()
        shares = [*(value / K for value in nodes.values()), *(value / ranks.size for value in times.values())]
        sums = ranks.total(np.array(shares, dtype=np.float64))
        metrics = with_consensus_norms(dict(zip([*nodes, *times], map(float, sums), strict=True)))
        metrics |= self._coverage(state)
        exact = self._exact(state.point, means)
        columns = self._columns(self._rank_metrics.node_columns(state.point, means))
        if columns is None:
            return None
        metrics |= self._rank_metrics.average_metrics(means)
        return self._rank_metrics.completed(TraceRow(state.step, {**metrics, **exact}, columns))

    def _mean(self, V: Rows) -> NDArray[np.float64]:
        """Return v̄ = v_0 + (1/K) Σ (v_i − v_0) over all nodes: without rounding where all nodes agree."""
        ranks, averaged = self._network.ranks, self._rank_metrics.averaged
        first = ranks.broadcast(V[0].astype(np.float64))
        return first + ranks.total(averaged.total(V - first)) / averaged.nodes

    def _exact(self, point: Point, means: Means) -> dict[str, float]:
        """Return what the exact solution at the average tells, on rank 0; what it costs is no work of the nodes."""
        if self._figures is None:
            return {}
        cost = self._oracles.cost
        with cost.paused() if cost is not None else nullcontext():
            return self._figures(point, means)

    def _coverage(self, state: State) -> dict[str, float]:
        """Return C*, the fewest nodes that trained an entry in the last step if any did, and the share of the rest."""
        found = {}
        for variable, own in self._algorithm.trained_counts(state, self._network.hosted).items():
            counts = self._network.ranks.total(own)
            found[f"coverage_{variable}"] = float(counts[counts > 0].min())
            found[f"uncovered_{variable}"] = float(np.mean(counts == 0))
        return found

    def _columns(self, own: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]] | None:
        gathered = {name: self._network.ranks.gather(values) for name, values in own.items()}
        whole = {name: values for name, values in gathered.items() if values is not None}
        return whole or None


def with_consensus_norms(metrics: Mapping[str, float]) -> dict[str, float]:
    """Return the metrics, and beside each mean square ``consensus_v`` its root, which is comparable with norms."""
    roots = {
        f"consensus_norm_{v}": math.sqrt(metrics[f"consensus_{v}"])
        for v in "xyzu"
        if f"consensus_{v}" in metrics
    }
    return {**metrics, **roots}


def _distances(point: Point, means: Means) -> list[NDArray[np.float64]]:
    """Return ‖v_i − v̄‖² of each variable and hosted node."""
    return [((V - mean) ** 2).sum(axis=1) for V, mean in zip(point, means, strict=True)]
