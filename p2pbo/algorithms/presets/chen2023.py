"""Chen 2023: MA-DSBO, inner loops for y and for the linear system, a moving average for x.

The listing of Chen et al. 2023 was not at hand, so that no line numbers stand here: this follows Zhang 2023's account
of it. In every step, with fresh ζ in each round of the first loop, and one ξ and one ζ for all that follows:

y          Y ← W Y − β gy(X, Y; ζ)                       T times                                as mixing gossip
z          S = hyy(Z) + fy                               N times, from Z = R = S_prev = 0
           R ← W R + S − S_prev,  Z ← W Z − γR                                                  as mixing tracking
x          r ← (1 − θ) r + θ (fx + hxy(z))                                                      as estimator momentum
           X ← Π(W X − αr)                                                                      as mixing gossip

z has SOBA's sign: the paper's is −z. Zhang 2023, Sec. 4, uses T = N = 10 (setting inner_steps) and steps of 0.01.

Unsure is whether z's loop draws fresh batches in each of its rounds (here one ζ serves them all: they solve one linear
system), whether z and x see the new y (here they do), and whether x steps along r from before its update (here the new
r).
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from p2pbo.algorithms.algorithm import ALGORITHMS, Algorithm
from p2pbo.algorithms.custom_algorithm import CustomAlgorithm
from p2pbo.algorithms.limit_point import LimitPoint
from p2pbo.algorithms.parts import StepSize
from p2pbo.algorithms.projection import onto_bounds
from p2pbo.algorithms.round_driver import Round
from p2pbo.algorithms.sampling import BatchSize, Sampler, size_of
from p2pbo.algorithms.state import Point, State, Variable, moved
from p2pbo.network import Network, Stream
from p2pbo.problems import Oracles, Problem


class MADSBO(Algorithm):
    """Inner loops for y and z, a moving average for x (Chen et al. 2023).

    Args:
        batch: rows that a node draws for a batch; all: all of them, so that nothing is drawn.
        alpha: α, the step size of x; 0 holds x.
        beta: β, the step size of y; 0 holds y.
        gamma: γ, the step size of z; 0 holds z.
        theta: θ, the weight of a new direction of x.
        inner_steps: T and N, the rounds of the loops for y and for z.

    Mixing:
        Gossip in each round of y's loop and once for x; gradient tracking, begun anew in each step, in z's loop.
    """

    variables = "xyz"
    keeps_bounds = True

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
        self._alpha, self._beta, self._gamma, self._theta = alpha, beta, gamma, theta
        self._inner, self._project = inner_steps, onto_bounds(problem)
        self.overlapped_rounds = 2 * inner_steps + 1
        self._rounds = {  # streams are named as mixings name theirs: variable, round, place
            "x": Round(Stream("x00")),
            "y": Round(Stream("y00")),
            "z": Round(Stream("z00"), Stream("z01")),
        }

    def start(self, point: Point) -> State:
        """Return the state before the first step, with r = 0."""
        return State(0, tuple(Variable(V, np.zeros_like(V)) for V in point), point)

    def step(self, state: State, network: Network, oracles: Oracles, sampler: Sampler) -> State:
        """Return the state after T rounds of y, N of z and one of x; rows travel while directions are computed."""
        (X, Y, Z), (x, y, _) = state.point, state.variables
        (xi,), (zeta, *inner) = sampler.batches(state.step, self.batches[0], 1, 1 + self._inner)

        for zeta_y in inner:
            pending = self._rounds["y"].post(network, Y)
            gy = oracles.lower(X, Y, zeta_y).gy
            (WY,) = pending.wait()
            Y = WY - self._beta * gy  # Y ← W Y − β gy(X, Y; ζ)
        Y = moved(y.V, Y, self._beta)

        fx, fy = oracles.upper(X, Y, xi)
        at = oracles.lower(X, Y, zeta)
        Z, R, S_prev = (np.zeros_like(Z) for _ in range(3))
        for _ in range(self._inner):
            pending = self._rounds["z"].post(network, Z, R)
            S = at.hyy(Z) + fy
            WZ, WR = pending.wait()
            R = WR + S - S_prev  # R ← W R + S − S_prev
            Z = Z + (WZ - self._gamma * R - Z)  # Z ← W Z − γR, rounded as by mixing tracking
            S_prev = S

        pending = self._rounds["x"].post(network, X)
        r = (1 - self._theta) * x.U + self._theta * (fx + at.hxy(Z))  # r ← (1 − θ) r + θ (fx + hxy(z))
        (WX,) = pending.wait()
        X = moved(x.V, self._project(WX - self._alpha * r), self._alpha)  # X ← Π(W X − αr)
        return State(state.step + 1, (Variable(X, r), Variable(Y, gy), Variable(Z, S)), state.point)


@ALGORITHMS.register("ma-dsbo")
def ma_dsbo() -> CustomAlgorithm:
    """MA-DSBO: inner loops for y and z, a moving average for x (Chen et al. 2023, by Zhang 2023's account)."""
    return CustomAlgorithm(
        MADSBO,
        paper="Chen et al. 2023 (listing not at hand); Zhang 2023, Sec. 4",
        limit_point=LimitPoint.FLOOR,
    )
