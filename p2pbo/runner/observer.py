"""What a logged step shows: figures at the network's average and of every node, gathered on rank 0."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.algorithms import State
from p2pbo.network import Network
from p2pbo.problems import Exact, Rows
from p2pbo.runner.exact import Solution
from p2pbo.runner.setup import Local
from p2pbo.trace import Row


@dataclass
class Clock:
    """Seconds spent in steps; logging is not counted."""

    wall: float = 0.0


class Observer:
    """Evaluates a state; talks to other ranks on the side plane alone.

    With a ``solution`` its rows compare the average with the exact one, and hold NaN where none is found.
    """

    def __init__(self, local: Local, network: Network, solution: Solution | None) -> None:
        self._problem, self._oracles, self._algorithm = local.problem, local.oracles, local.algorithm
        self._network, self._solution = network, solution

    def row(self, state: State, clock: Clock) -> Row | None:
        """The row of this step on rank 0, None elsewhere; called by all ranks."""
        means = tuple(self._mean(V) for V in state.point)
        off = [((V - mean) ** 2).sum(axis=1) for V, mean in zip(state.point, means, strict=True)]
        average = [
            np.broadcast_to(mean, V.shape).astype(V.dtype) for mean, V in zip(means, state.point, strict=True)
        ]
        f, g = self._oracles.losses(average[0], average[1])
        local = {"upper_loss": f, "lower_loss": g, **self._oracles.metrics(average[0], average[1])}
        K, P = self._network.topology.nodes, self._network.ranks.size
        local |= {f"consensus_{name}": squares for name, squares in zip("xyz", off, strict=False)}
        sums = self._network.ranks.total(
            np.array(
                [*(values.sum() / K for values in local.values()), *self._times(clock) / P], dtype=np.float64
            )
        )
        metrics = dict(zip([*local, "wall_time", "compute_time", "wait_time"], map(float, sums), strict=True))
        metrics |= self._coverage(state)
        exact = self._exact(means[0], means[1])
        per_node = self._per_node(state, np.sqrt(off[0]))
        if per_node is None:
            return None
        if self._network.clock is not None:
            metrics["modelled_time"] = self._network.clock.now
        if self._problem.test is not None:
            metrics |= self._problem.test(means[0], means[1])
        if exact is not None:
            metrics |= _compared(means, exact)
        return Row(state.step, metrics, per_node)

    def _mean(self, V: Rows) -> NDArray[np.float64]:
        """v̄ = v_0 + (1/K) Σ (v_i − v_0) over all nodes of the network: without rounding where all nodes agree."""
        ranks, K = self._network.ranks, self._network.topology.nodes
        first = ranks.broadcast(V[0].astype(np.float64))
        return first + ranks.total((V - first).sum(axis=0)) / K

    def _exact(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> Exact | None:
        """The exact solution at the average; what it costs is no work of the nodes."""
        if self._solution is None:
            return None
        work = self._oracles.work
        with work.aside() if work is not None else nullcontext():
            return self._solution(x, y)

    def _coverage(self, state: State) -> dict[str, float]:
        """C*: by how few nodes an entry was trained in the last step, of those that were; and how many were not."""
        found = {}
        for variable, own in self._algorithm.trained(state, self._network.hosted).items():
            counts = self._network.ranks.total(own)
            found[f"coverage_{variable}"] = float(counts[counts > 0].min())
            found[f"uncovered_{variable}"] = float(np.mean(counts == 0))
        return found

    def _times(self, clock: Clock) -> NDArray[np.float64]:
        wait = self._network.wait_time
        return np.array([clock.wall, clock.wall - wait, wait])

    def _per_node(self, state: State, off: NDArray[np.float64]) -> dict[str, NDArray[Any]] | None:
        gather = self._network.ranks.gather
        sent_bytes, messages = self._network.sent_by_node()
        own = self._oracles.losses(state.point[0], state.point[1])[0].astype(np.float64)
        columns = {"node_upper_loss": own, "node_consensus_x": off, "bytes_sent": sent_bytes}
        columns["messages_sent"] = messages
        work = self._oracles.work
        if work is not None:
            columns["node_oracle_time"] = work.seconds
            if work.counting:
                columns["node_flops"] = work.flops
        gathered = {name: gather(values) for name, values in columns.items()}
        whole = {name: values for name, values in gathered.items() if values is not None}
        return whole or None


def _compared(means: tuple[NDArray[np.float64], ...], exact: Exact) -> dict[str, float]:
    """‖∇Φ(x̄)‖, ‖ȳ − y*‖, and ‖z̄ − z*‖ where the method has z."""
    _, y, *z = means
    found = {
        "hypergradient_norm": float(np.linalg.norm(exact.hypergradient)),
        "y_error": float(np.linalg.norm(y - exact.y)),
    }
    if z:
        found["z_error"] = float(np.linalg.norm(z[0] - exact.z))
    return found
