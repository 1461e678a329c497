"""What a method is assembled for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from p2pbo.problems import Problem


@dataclass(frozen=True)
class RunContext:
    """The run that a method is to be part of.

    Attributes:
        problem: its problem, with one share of the data for each node.
        steps: how many the run has.
        seed: of every draw that is not the sampler's.
        capacities: what the topology says that nodes can afford, by node, where it says so.
        node_label: what messages call a node.
    """

    problem: Problem
    steps: int = 1
    seed: int = 0
    capacities: Mapping[int, Any] = field(default_factory=dict)
    node_label: Callable[[int], str] = str
