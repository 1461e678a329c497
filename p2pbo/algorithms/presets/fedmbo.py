"""FedMBO over a graph: local steps on y, one average, a Neumann hypergradient, one average (Huang et al. 2023).

In every step, with fresh ζ in each local one; W X stands for the server's average:

y_i ← y_i − β gy(x_i, y_i; ζ)            T times, no communication
Y ← W Y
X ← W (X − α(fx − hxy(p))),  p ≈ [∇²_yy g]⁻¹ fy by a Neumann series
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from p2pbo.algorithms.algorithm import METHODS, Algorithm
from p2pbo.algorithms.hypergradients.neumann import At, Neumann
from p2pbo.algorithms.listing import Listing
from p2pbo.algorithms.mixings.atc import AdaptThenCombine
from p2pbo.algorithms.parts import Positive
from p2pbo.algorithms.sampling import BatchSize, Sampler, size_of
from p2pbo.algorithms.state import Point, State, Variable
from p2pbo.algorithms.turn import Turn
from p2pbo.network import Network, Stream
from p2pbo.problems import Oracles, Problem


class FedMBO(Algorithm):
    """Local steps on y, then averages of y and of x (Huang et al. 2023)."""

    variables = "xy"

    def __init__(
        self,
        problem: Problem,
        neumann: Neumann,
        /,
        *,
        batch: BatchSize = "all",
        alpha: Positive = 0.1,
        beta: Positive = 0.1,
        inner_steps: Annotated[int, Field(ge=1)] = 5,
    ) -> None:
        self.batches = (size_of(batch),)
        self._neumann, self._inner = neumann, inner_steps
        self._alpha, self._beta = alpha, beta
        self._atc = AdaptThenCombine()

    def start(self, point: Point) -> State:
        """Nothing is carried."""
        return State(0, tuple(self._atc.start(V) for V in point), point)

    def step(self, state: State, network: Network, oracles: Oracles, sampler: Sampler) -> State:
        """One communication round of the server, as two rounds between neighbours."""
        t, (batch,) = state.step, self.batches
        x, y = state.variables
        Y = y.V
        _, inner = sampler.batches(t, batch, upper=0, lower=self._inner, purpose="local steps")
        for zeta in inner:
            Y = Y - self._beta * oracles.lower(x.V, Y, zeta).gy
        (Y,) = network.send([Stream(Y, "y")]).wait()  # Y ← W Y

        U = self._neumann.hypergradient(At(oracles, x.V, Y), self._neumann.draw(sampler, t, batch))
        (x,) = Turn(network, {"x": self._atc.move(x, self._alpha)}).finish([U])  # X ← W (X − αU)
        return State(t + 1, (x, Variable(Y, y.U)), state.point)


@METHODS.register("fedmbo")
def fedmbo() -> Listing:
    """FedMBO: local steps on y, averages with the neighbours (Huang et al. 2023; RABO with full masks)."""
    return Listing(FedMBO, paper="Huang et al. 2023", part=Neumann)
