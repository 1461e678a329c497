"""A method that is ready to step, without a runner around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from p2pbo.algorithms import ALGORITHMS, RunContext, Sampler
from p2pbo.network import Network
from p2pbo.problems import Oracles, Problem


class Stepping:
    """A method on a network, from zeros.

    Attributes:
        algorithm: the method for this problem.
        state: where it is; the state before a step stays as it is.
    """

    def __init__(
        self, problem: Problem, oracles: Oracles, network: Network, name: str, settings: Mapping[str, Any]
    ) -> None:
        self._network, self._oracles = network, oracles
        method = ALGORITHMS.make(name).on(name, problem.lower_level)
        self.algorithm = method.assemble(method.check(name, settings), RunContext(problem, steps=1000))
        self._sampler = Sampler(0, network.hosted, oracles)
        hosted = len(network.hosted)
        self.state = self.algorithm.start(
            tuple(np.zeros((hosted, problem.size(v)), network.dtype) for v in self.algorithm.variables)
        )

    def step(self) -> None:
        """Take a step."""
        self.state = self.algorithm.step(self.state, self._network, self._oracles, self._sampler)
