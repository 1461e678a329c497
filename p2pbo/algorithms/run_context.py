"""The run that an algorithm is assembled for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from p2pbo.problems import Problem


@dataclass(frozen=True)
class RunContext:
    """What an algorithm is told of the run that it is assembled for.

    Attributes:
        problem: the problem, with the data of each node.
        steps: the number of steps.
        seed: the seed of every draw that is not the sampler's.
        capacities: the capacity of each node for which the topology gives one.
        node_label: the name of a node in messages.
        dtype: the type of rows.
    """

    problem: Problem
    steps: int = 1
    seed: int = 0
    capacities: Mapping[int, Any] = field(default_factory=dict)
    node_label: Callable[[int], str] = str
    dtype: np.dtype[Any] = field(default_factory=lambda: np.dtype(np.float64))
