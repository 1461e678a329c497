"""Li 2024: RABO and RAFBO, in which nodes of unequal strength train submodels of x and y.

The paper's server averages over the clients that train an entry; here every node does, over its neighbours and itself,
with W's weights: on the complete graph with uniform weights that is the server. m_x, m_y are a node's masks.

Alg. 1 (RABO)   lines 4, 5    m_x, m_y by the node's capacity,  x_i∘m_x, y_i∘m_y                 setting masks
                lines 6–9     y_i ← y_i − β gy(x_i∘m_x, y_i∘m_y; ζ)∘m_y,  T times                setting inner_steps
                lines 10–20   y_i,k ← Σ_j w_ij m_j,k y_j,k / Σ_j w_ij m_j,k
                lines 22, 23  h_i = (fx − hxy(p))∘m_x at (x_i∘m_x, y_i∘m_y),  p ≈ [∇²_yy g]⁻¹ fy on the submodel
                                                                                   hypergradient neumann or cg
                lines 25–33   x_i,k ← Σ_j w_ij m_j,k (x_j,k − α h_j,k) / Σ_j w_ij m_j,k
Alg. 2 (RAFBO)  lines 3–7     h_i by finite differences, in the place of line 23   hypergradient finite-differences

An entry that nobody around a node trained stays as it is (lines 16 and 29). Lines 10 and 18 are printed with signs by
which y would climb, y − β·(y_T − y_0)/β: here the average of the y_T takes their place, which is what (5) and (6)
derive. The slips of Alg. 2 stand in :mod:`~p2pbo.algorithms.hypergradients.finite_differences`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.custom_algorithm import CustomAlgorithm
from p2pbo.algorithms.limit_point import LimitPoint
from p2pbo.algorithms.local_hypergradient import LocalHypergradient
from p2pbo.algorithms.parts import StepSize
from p2pbo.algorithms.projection import onto_bounds
from p2pbo.algorithms.round_driver import Round
from p2pbo.algorithms.sampling import BatchSize, Sampler
from p2pbo.algorithms.state import State, Variable, moved
from p2pbo.algorithms.submodels import WHOLE, WholeModels
from p2pbo.algorithms.submodels.training import SubmodelTraining
from p2pbo.arrays import Rows
from p2pbo.network import Network, Stream
from p2pbo.problems import Oracles, PointOracles, Problem


class RABO(SubmodelTraining):
    """Local steps on y, then averages of y and of x, on submodels (Li 2024, Alg. 1).

    Args:
        batch: rows that a node draws for a batch; all: all of them, so that nothing is drawn.
        alpha: α, the step size of x; 0 holds x.
        beta: β, the step size of y; 0 holds y.
        inner_steps: T, the local steps on y in a step.

    Mixing:
        W in the server's place, twice a step: of y after the local steps, of x after its own step. Each entry is
        averaged over those neighbours that train it.
    """

    def __init__(
        self,
        problem: Problem,
        hypergradient: LocalHypergradient,
        submodels: WholeModels = WHOLE,
        /,
        *,
        batch: BatchSize = "all",
        alpha: StepSize = 0.1,
        beta: StepSize = 0.1,
        inner_steps: Annotated[int, Field(ge=1)] = 5,
    ) -> None:
        super().__init__(submodels, batch)
        self._hypergradient, self._inner, self._project = hypergradient, inner_steps, onto_bounds(problem)
        self.second_derivatives = hypergradient.second_derivatives
        self._alpha, self._beta = alpha, beta
        self._average = {v: Round(Stream(v, submodels.kind(v))) for v in "xy"}

    def step(self, state: State, network: Network, oracles: Oracles, sampler: Sampler) -> State:
        """Return the state after one round of the server, which is two rounds between neighbours."""
        q, (batch,) = state.step, self.batches
        (X, Y), (x, y) = state.point, state.variables
        # lines 4, 5: masks by capacity and policy
        mask = self.submodels.round(q, network.hosted, state.point)
        of_submodel = mask.of(oracles)

        _, inner = sampler.batches(q, batch, upper=0, lower=self._inner, purpose="local steps")
        for zeta in inner:  # lines 6–9: y_i ← y_i − β gy(x_i∘m_x, y_i∘m_y; ζ)∘m_y
            Y = Y - self._beta * of_submodel.lower(X, Y, zeta).gy
        # lines 10–20: y_i,k ← Σ_j w_ij m_j,k y_j,k / Σ_j w_ij m_j,k
        (Y,) = self._average["y"].post(network, mask.sent("y", Y)).wait()
        Y = moved(y.V, Y, self._beta)

        # lines 22, 23: h_i = (fx − hxy(p))∘m_x at (x_i∘m_x, y_i∘m_y)
        at = self._at(of_submodel, X, Y, q, network, sampler)
        H = self._hypergradient.hypergradient(at, self._hypergradient.draw(sampler, q, batch))
        # lines 25–33: x_i,k ← Π(Σ_j w_ij m_j,k (x_j,k − α h_j,k) / Σ_j w_ij m_j,k)
        (X,) = self._average["x"].post(network, mask.sent("x", X - self._alpha * H)).wait()
        X = moved(x.V, self._project(X), self._alpha)
        return State(q + 1, (Variable(X, H), Variable(Y, y.U)), state.point)

    def _at(
        self, oracles: Oracles, X: Rows, Y: Rows, step: int, network: Network, sampler: Sampler
    ) -> PointOracles:
        """Return the oracles of line 23 at (X, Y): every node's own."""
        return oracles.at(X, Y)


@ALGORITHMS.register("rabo")
def rabo() -> CustomAlgorithm:
    """RABO: submodels of x and y by capacity, local steps, averages over who trains an entry (Li 2024, Alg. 1)."""
    return CustomAlgorithm(
        RABO,
        paper="Li 2024, Alg. 1",
        limit_point=LimitPoint.BIASED_FLOOR,
        hypergradient="neumann",
        masks="importance",
    )


@ALGORITHMS.register("rafbo")
def rafbo() -> CustomAlgorithm:
    """RAFBO: RABO without second derivatives, by finite differences along coordinates of x (Li 2024, Alg. 2)."""
    return CustomAlgorithm(
        RABO,
        paper="Li 2024, Alg. 2",
        limit_point=LimitPoint.BIASED_FLOOR,
        hypergradient="finite-differences",
        masks="importance",
    )
