"""Chen 2023: MA-DSBO, inner loops for y and for the linear system, a moving average for x.

The listing of Chen et al. 2023 was not at hand, so that no line numbers stand here: this follows Zhang 2023's account
of it. In every step, with fresh ζ in each round of the first loop, and one ξ and one ζ for all that follows:

y          Y ← W Y − β gy(X, Y; ζ)                       T times                             mixing gossip
z          S = hyy(Z) + fy                               N times, from Z = R = S_prev = 0
           R ← W R + S − S_prev,  Z ← W Z − γR                                               mixing tracking
x          r ← (1 − θ) r + θ (fx + hxy(z))                                                   estimator momentum
           X ← W X − αr                                                                      mixing gossip

z has SOBA's sign: the paper's is −z. Zhang 2023, Sec. 4, uses T = N = 10 (setting inner_steps) and steps of 0.01.

Unsure is whether z's loop draws fresh batches in each of its rounds (here one ζ serves them all: they solve one linear
system), whether z and x see the new y (here they do), and whether x steps along r from before its update (here the new
r).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

import numpy as np
from pydantic import Field

from p2pbo.algorithms.algorithm import ALGORITHMS, Algorithm
from p2pbo.algorithms.custom_algorithm import CustomAlgorithm
from p2pbo.algorithms.estimators.momentum import Momentum
from p2pbo.algorithms.mixings.gossip import Gossip
from p2pbo.algorithms.mixings.tracking import Tracking
from p2pbo.algorithms.parts import Mixing, StepSize
from p2pbo.algorithms.round_driver import RoundDriver
from p2pbo.algorithms.sampling import BatchSize, Sampler, size_of
from p2pbo.algorithms.state import Point, State, Variable, moved
from p2pbo.network import Network
from p2pbo.problems import Batch, Oracles, Problem, Rows


class MADSBO(Algorithm):
    """Inner loops for y and z, a moving average for x (Chen et al. 2023)."""

    variables = "xyz"

    def __init__(
        self,
        problem: Problem,
        /,
        *,
        batch: BatchSize = "all",
        alpha: StepSize = 0.01,
        beta: StepSize = 0.01,
        gamma: StepSize = 0.01,
        theta: Annotated[float, Field(gt=0, le=1)] = 0.1,
        inner_steps: Annotated[int, Field(ge=1)] = 10,
    ) -> None:
        self.batches = (size_of(batch),)
        self._alpha, self._beta, self._gamma = alpha, beta, gamma
        self._average = Momentum(theta, from_zero=True)
        self._inner = inner_steps
        self._mixings: dict[str, Mixing] = {"x": Gossip(), "y": Gossip(), "z": Tracking()}
        self._drivers = {v: RoundDriver({v: mixing}) for v, mixing in self._mixings.items()}

    def start(self, point: Point) -> State:
        """r = 0."""
        return State(0, tuple(self._mixings["x"].start(V) for V in point), point)

    def step(self, state: State, network: Network, oracles: Oracles, sampler: Sampler) -> State:
        """Take one outer step: T + N + 1 rounds."""
        x, y, _ = state.variables
        (upper,), (lower, *inner) = sampler.batches(state.step, self.batches[0], 1, 1 + self._inner)
        for zeta in inner:
            y = self._lower_step(x.V, y, zeta, network, oracles)

        fx, fy = oracles.upper(x.V, y.V, upper)
        at = oracles.lower(x.V, y.V, lower)
        z = self._mixings["z"].start(np.zeros_like(y.V))
        for _ in range(self._inner):  # Z ← W Z − γ R,  R ← W R + S − S_prev,  S = hyy(Z) + fy
            z = self._moved(network, "z", z, self._gamma, lambda z: at.hyy(z.V) + fy)

        r = self._average.update(x.U, fx + at.hxy(z.V), x.U)  # r ← (1 − θ) r + θ (fx + hxy(z))
        x = self._moved(network, "x", x, self._alpha, lambda _: r)  # X ← W X − α r
        return State(state.step + 1, (x, y, z), state.point)

    def _lower_step(self, X: Rows, y: Variable, zeta: Batch, network: Network, oracles: Oracles) -> Variable:
        """Take one step of the inner loop: Y ← W Y − β gy(X, Y; ζ)."""
        return self._moved(network, "y", y, self._beta, lambda y: oracles.lower(X, y.V, zeta).gy)

    def _moved(
        self, network: Network, name: str, held: Variable, step: float, direction: Callable[[Variable], Rows]
    ) -> Variable:
        """Move one variable by its mixing; the direction is computed while its rows travel."""
        rounds = self._drivers[name].start(network, {name: self._mixings[name].move(held, step)})
        (after,) = rounds.finish([direction(held)])
        return replace(after, V=moved(held.V, after.V, step))


@ALGORITHMS.register("ma-dsbo")
def ma_dsbo() -> CustomAlgorithm:
    """MA-DSBO: inner loops for y and z, a moving average for x (Chen et al. 2023, by Zhang 2023's account)."""
    return CustomAlgorithm(MADSBO, paper="Chen et al. 2023 (listing not at hand); Zhang 2023, Sec. 4")
