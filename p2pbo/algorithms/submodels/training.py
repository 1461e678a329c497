"""Training of submodels: what all algorithms share whose nodes may train parts of x and y."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from p2pbo.algorithms.algorithm import Algorithm
from p2pbo.algorithms.sampling import size_of
from p2pbo.algorithms.state import Point, State, Variable
from p2pbo.algorithms.submodels.submodels import WholeModels
from p2pbo.arrays import Rows


class SubmodelTraining(Algorithm):
    """An algorithm of x and y, of which each node trains its part; it carries nothing else from step to step."""

    variables = "xy"
    keeps_bounds = True
    counts_flops = True

    def __init__(self, submodels: WholeModels, batch: Any) -> None:
        self.batches = (size_of(batch),)
        self.submodels, self.part_sizes = submodels, submodels.part_sizes

    def start(self, point: Point) -> State:
        """Return the state before the first step, from the common start of x and y (hosted×dim)."""
        return State(0, tuple(Variable(V, np.zeros_like(V)) for V in point), point)

    def untrained_shares(self, graph: nx.Graph, start: tuple[Rows, ...]) -> Mapping[str, float]:
        """Return, for each masked variable, the share of entries that nobody around a node ever trains."""
        return self.submodels.untrained_shares(graph, start)

    def trained_counts(self, state: State, nodes: range) -> Mapping[str, NDArray[np.int64]]:
        """Return how many of ``nodes`` trained each entry in the last round, or will in the first one."""
        return self.submodels.trained_counts(max(state.step - 1, 0), nodes, state.previous)
