"""Tarzanagh 2022: FedNest, local steps on y and x that correct themselves and a series averaged term by term.

Tarzanagh et al. 2022; W · stands for the server's average. In every step, with a fresh ζ for each q, ν and j,
and a fresh ξ for each ν (the first is that of fy and h):

FedInn     q = W gy(X, Y; ζ),  Y ← W y^τ                                                   T times: setting inner_steps
           y_i^{ν+1} = y_i^ν − (β/τ)(gy(x_i, y_i^ν; ζ_ν) − gy(x_i, y_i^0; ζ_ν) + q_i)      from y^0 = Y
FedIHGP    s_0 = W fy,  s_j = W(s_{j−1} − hyy(s_{j−1}; ζ_j)/L),  p = (1/L) Σ_{j<J} s_j
FedOut     h = W(fx − hxy(p; ζ_0)),  X ← W x^τ
           x_i^{ν+1} = x_i^ν − (α/τ)(fx(x_i^ν, y_i; ξ_ν) − fx(x_i^0, y_i; ξ_ν) + h_i)      from x^0 = X

That is 2T + J + 2 rounds. Local steps differentiate f directly: hxy(p) stays as it is in h. On the complete graph with
uniform weights the iterates are the server's with all clients in every round; on another, q, p and h are averages
over neighbours, and unequal nodes leave a floor. The paper draws the number N' < J of factors and returns (J/L) s_N',
of which p is the mean; the authors' code, whence the defaults T = 1 and τ = 5, sums the series, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from p2pbo.algorithms.algorithm import ALGORITHMS, Algorithm
from p2pbo.algorithms.custom_algorithm import CustomAlgorithm
from p2pbo.algorithms.limit_point import LimitPoint
from p2pbo.algorithms.local_hypergradient import lipschitz_constant
from p2pbo.algorithms.parts import Positive, StepSize
from p2pbo.algorithms.projection import Projection, no_projection, onto_bounds
from p2pbo.algorithms.round_driver import Round
from p2pbo.algorithms.sampling import BatchSize, Sampler, size_of
from p2pbo.algorithms.state import Point, State, Variable, moved
from p2pbo.arrays import Rows
from p2pbo.network import Consensus, Innovation, Network, Stream
from p2pbo.problems import Batch, Oracles, PointOracles, Problem

Count = Annotated[int, Field(ge=1)]


class FedNest(Algorithm):
    """Inner rounds on y, an averaged Neumann series, one outer round on x (Tarzanagh et al. 2022).

    Args:
        batch: rows that a node draws for a batch; all: all of them, so that nothing is drawn.
        alpha: α, the step size of x; 0 holds x.
        beta: β, the step size of y; 0 holds y.
        inner_steps: T, the rounds on y in a step.
        local_steps: τ, the local steps in such a round, and in that on x.
        lipschitz: L, at least the Lipschitz constant of gy in y; by default the one that the problem knows.
        terms: J, the number of terms of the Neumann series.

    Mixing:
        W in the server's place, 2T + J + 2 times a step: of y and its gradient, of each term of the series, of x and
        its hypergradient.
    """

    variables = "xy"
    keeps_bounds = True

    def __init__(
        self,
        problem: Problem,
        /,
        *,
        batch: BatchSize = "all",
        alpha: StepSize = 0.1,
        beta: StepSize = 0.1,
        inner_steps: Count = 1,
        local_steps: Count = 5,
        lipschitz: Positive | None = None,
        terms: Count = 10,
    ) -> None:
        self.batches = (size_of(batch),)
        self._alpha, self._beta = alpha, beta
        self._inner, self._local = inner_steps, local_steps
        self._states = {v: Round(Stream(v, Consensus(donated=True))) for v in "xy"}
        self._directions = {key: Round(Stream(key, Innovation())) for key in ("yq", "ys", "xh")}
        self._project = onto_bounds(problem)
        self._L, self._J = lipschitz_constant(problem, lipschitz), terms

    def start(self, point: Point) -> State:
        """Return the state before the first step: nothing is carried but x and y."""
        return State(0, tuple(Variable(V, np.zeros_like(V)) for V in point), point)

    def step(self, state: State, network: Network, oracles: Oracles, sampler: Sampler) -> State:
        """Return the state after T rounds of FedInn, then FedIHGP and FedOut."""
        t, (batch,) = state.step, self.batches
        x, y = state.variables
        Y, local = y.V, self._local
        _, inner = sampler.batches(t, batch, upper=0, lower=self._inner * local, purpose="local steps")
        for first in range(0, len(inner), local):
            Y = self._inner_round(x.V, Y, inner[first : first + local], network, oracles)

        (first_upper, *upper), lower = sampler.batches(t, batch, upper=local, lower=self._J)
        h = self._hypergradient(oracles.at(x.V, Y), first_upper, lower, network)
        fx, step = (lambda V, xi: oracles.upper(V, Y, xi)[0]), self._alpha / local
        X = corrected_steps(x.V, h, step, fx, upper, self._project)
        (WX,) = self._states["x"].post(network, X).wait()
        X = moved(x.V, self._project(WX), self._alpha)  # X ← Π(W x^τ)
        return State(t + 1, (Variable(X, x.U), Variable(Y, y.U)), state.point)

    def _inner_round(
        self, X: Rows, Y: Rows, batches: Sequence[Batch], network: Network, oracles: Oracles
    ) -> Rows:
        """Return Y after one round of FedInn, with one batch for q and one for each local step but the first."""

        def gy(V: Rows, zeta: Batch) -> Rows:
            return oracles.lower(X, V, zeta).gy

        zeta, *lower = batches
        q = self._averaged(network, "yq", gy(Y, zeta))
        stepped = corrected_steps(Y, q, self._beta / self._local, gy, lower)
        (WY,) = self._states["y"].post(network, stepped).wait()  # Y ← W y^τ
        return moved(Y, WY, self._beta)

    def _hypergradient(
        self, at: PointOracles, upper: Batch, lower: Sequence[Batch], network: Network
    ) -> Rows:
        """Return h of FedOut, with p of FedIHGP."""
        cross, *factors = lower
        fx, fy = at.upper(upper)
        s = self._averaged(network, "ys", fy)
        p = s.copy()
        for zeta in factors:
            s = self._averaged(network, "ys", s - at.lower(zeta).hyy(s) / self._L)  # s ← W(s − hyy(s)/L)
            p += s
        return self._averaged(network, "xh", fx - at.lower(cross).hxy(p / self._L))

    def _averaged(self, network: Network, key: str, D: Rows) -> Rows:
        """Return W D for the directions D of all nodes."""
        (WD,) = self._directions[key].post(network, D).wait()
        return WD


def corrected_steps(
    start: Rows,
    mean: Rows,
    step: float,
    gradient: Callable[[Rows, Batch], Rows],
    batches: Sequence[Batch],
    project: Projection = no_projection,
) -> Rows:
    """Return v^τ by v^{ν+1} = Π(v^ν − step (∇(v^ν; ζ_ν) − ∇(v^0; ζ_ν) + mean)), where v^1 has no two gradients."""
    V = project(start - step * mean)
    for batch in batches:
        V = project(V - step * (gradient(V, batch) - gradient(start, batch) + mean))
    return V


@ALGORITHMS.register("fednest")
def fednest() -> CustomAlgorithm:
    """FedNest: self-correcting local steps, every average one with the neighbours (Tarzanagh et al. 2022)."""
    return CustomAlgorithm(FedNest, paper="Tarzanagh et al. 2022", limit_point=LimitPoint.FLOOR)
