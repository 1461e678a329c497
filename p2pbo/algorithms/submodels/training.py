"""What all methods share whose nodes may train parts of x and y: nothing is carried from step to step but these."""

from __future__ import annotations

from collections.abc import Mapping

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from p2pbo.algorithms.algorithm import Algorithm
from p2pbo.algorithms.sampling import size_of
from p2pbo.algorithms.state import Point, State, Variable
from p2pbo.algorithms.submodels.submodels import WholeModels
from p2pbo.arrays import Rows


class SubmodelTraining(Algorithm):
    """x and y, of which each node trains its part."""

    variables = "xy"
    counts_flops = True

    def __init__(self, submodels: WholeModels, batch: int | str) -> None:
        self.batches = (size_of(batch),)
        self.submodels, self.part_sizes = submodels, submodels.part_sizes

    def start(self, point: Point) -> State:
        """Nothing is carried."""
        return State(0, tuple(Variable(V, np.zeros_like(V)) for V in point), point)

    def untrained_shares(self, graph: nx.Graph, start: tuple[Rows, ...]) -> Mapping[str, float]:
        """By the submodels, where they stay."""
        return self.submodels.untrained_shares(graph, start)

    def trained_counts(self, state: State, nodes: range) -> Mapping[str, NDArray[np.int64]]:
        """By the submodels of the last round; before the first one, by those of the first."""
        return self.submodels.trained_counts(max(state.step - 1, 0), nodes, state.previous)
