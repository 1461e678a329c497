"""What a logged step shows: figures at the network's average and of every node, gathered on rank 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.algorithms import State
from p2pbo.network import Network
from p2pbo.problems import Oracles, Problem, Rows
from p2pbo.trace import Row


@dataclass
class Clock:
    """Seconds spent in steps; logging is not counted."""

    wall: float = 0.0


class Observer:
    """Evaluates a state; the side plane's sums and gathers are the only communication."""

    def __init__(self, problem: Problem, oracles: Oracles, network: Network) -> None:
        self._problem, self._oracles, self._network = problem, oracles, network

    def row(self, state: State, clock: Clock) -> Row | None:
        """The row of this step on rank 0, None elsewhere; called by all ranks."""
        means, spreads = zip(*(self._average(V) for V in state.point), strict=True)
        average = [
            np.broadcast_to(mean, V.shape).astype(V.dtype) for mean, V in zip(means, state.point, strict=True)
        ]
        f, g = self._oracles.losses(average[0], average[1])
        local = {"upper_loss": f, "lower_loss": g, **self._oracles.metrics(average[0], average[1])}
        K, P = self._network.topology.nodes, self._network.ranks.size
        sums = self._network.ranks.total(
            np.array(
                [*(values.sum() / K for values in local.values()), *self._times(clock) / P], dtype=np.float64
            )
        )
        metrics = dict(zip([*local, "wall_time", "compute_time", "wait_time"], map(float, sums), strict=True))
        metrics |= {f"consensus_{name}": spread for name, spread in zip("xyz", spreads, strict=False)}
        per_node = self._per_node(state)
        if per_node is None:
            return None
        return Row(state.step, {**metrics, **self._judged(means)}, per_node)

    def _average(self, V: Rows) -> tuple[NDArray[np.float64], float]:
        """(v̄, (1/K) Σ‖v_i − v̄‖²) over all nodes of the network."""
        K, ranks = self._network.topology.nodes, self._network.ranks
        mean = ranks.total(V.sum(axis=0, dtype=np.float64)) / K
        return mean, float(ranks.total(np.array([((V - mean) ** 2).sum()]))[0]) / K

    def _times(self, clock: Clock) -> NDArray[np.float64]:
        wait = self._network.wait_time
        return np.array([clock.wall, clock.wall - wait, wait])

    def _per_node(self, state: State) -> dict[str, NDArray[Any]] | None:
        gather = self._network.ranks.gather
        sent_bytes, messages = self._network.sent_by_node()
        own = self._oracles.losses(state.point[0], state.point[1])[0].astype(np.float64)
        columns = {"node_upper_loss": own, "bytes_sent": sent_bytes, "messages_sent": messages}
        gathered = {name: gather(values) for name, values in columns.items()}
        whole = {name: values for name, values in gathered.items() if values is not None}
        return whole or None

    def _judged(self, means: tuple[NDArray[np.float64], ...]) -> dict[str, float]:
        """Figures of the average that need no node: on test data, and against the exact solution."""
        x, y, *z = means
        found = dict(self._problem.test(x, y)) if self._problem.test else {}
        if self._problem.exact:
            exact = self._problem.exact(x)
            found["hypergradient_norm"] = float(np.linalg.norm(exact.hypergradient))
            found["y_error"] = float(np.linalg.norm(y - exact.y))
            if z:
                found["z_error"] = float(np.linalg.norm(z[0] - exact.z))
        return found
