"""The catalogue of problems that can be named on the command line, and what each is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from p2pbo.problems.problem import LowerLevel, Problem
from p2pbo.randomness import generator
from p2pbo.registry import Registry


@dataclass(frozen=True)
class ProblemContext:
    """The facts that a registered problem is made from: how many nodes, which seed, which data on which nodes.

    Attributes:
        nodes: the number of nodes K.
        seed: of what makes the problem: data, split, partition, constants.
        data, data_options: the data set and its options.
        partition: how the data lie on the nodes.
        run_seed: of what a run draws anew on the same problem, such as a random start; None: ``seed``.
        lower_level: whose the lower level is, which the problem is to be made with.
    """

    nodes: int
    seed: int = 0
    data: str = "a9a"
    data_options: Mapping[str, Any] = field(default_factory=dict)
    partition: str = "iid"
    run_seed: int | None = None
    lower_level: LowerLevel = "shared"

    def start_generator(self, purpose: str) -> np.random.Generator:
        """Return the generator of a random start."""
        return generator(self.seed if self.run_seed is None else self.run_seed, purpose)


PROBLEMS: Registry[Problem] = Registry("problem", "p2pbo.problems.catalogue")
"""Functions ``(context, /, *, settings) -> Problem``, one file each in ``catalogue/``."""
