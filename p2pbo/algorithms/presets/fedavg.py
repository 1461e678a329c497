"""FedAvg over a graph and its kin, with which Li 2024 compares RABO: single-level training of x and y together.

In every step, with masks m_x, m_y where nodes have submodels, and fresh ξ in each local step:

x_i ← x_i − α fx(x_i∘m_x, y_i∘m_y; ξ)∘m_x,   y_i ← y_i − β fy(…; ξ)∘m_y                T times, no communication
v_i,k ← Σ_j w_ij m_j,k v_j,k / Σ_j w_ij m_j,k                                             v = x, y

FedAvg     McMahan et al. 2017   whole models
Static     Diao et al. 2021      the first units of every layer (HeteroFL)          masks static
FedRolex   Alam et al. 2022      a window of units that moves on in every round     masks rolling
OAP        Zhou et al. 2023      units drawn afresh in every round                  masks random
FIARSE     Wu et al. 2024        the units with the largest weights                 masks importance
ProtoNet   Snell et al. 2017     the loss of prototypical networks                  the few-shot problem's variant
FO-MAML    Finn et al. 2017      the loss after adaptation, to first order          the few-shot problem's variant

These papers' listings were not at hand. Everything descends the upper loss, as if x were but more weights. Where x are
hyperparameters, ``loss=lower`` trains y alone, on the lower loss at the x that everyone starts with, and x does not
travel. FIARSE takes whole units unless ``structure=entries``.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.custom_algorithm import CustomAlgorithm
from p2pbo.algorithms.limit_point import LimitPoint
from p2pbo.algorithms.parts import StepSize
from p2pbo.algorithms.projection import onto_bounds
from p2pbo.algorithms.round_driver import Round
from p2pbo.algorithms.sampling import BatchSize, Sampler
from p2pbo.algorithms.state import State, Variable, moved
from p2pbo.algorithms.submodels import WHOLE, WholeModels
from p2pbo.algorithms.submodels.training import SubmodelTraining
from p2pbo.arrays import Rows
from p2pbo.network import Network, Stream
from p2pbo.problems import Batch, Oracles, Problem


class FedAvg(SubmodelTraining):
    """Local steps on x and y along one loss, then averages of both (McMahan 2017).

    Args:
        batch: rows that a node draws for a batch; all: all of them, so that nothing is drawn.
        alpha: α, the step size of x; 0 holds x.
        beta: β, the step size of y; 0 holds y.
        inner_steps: T, the local steps in a step.
        loss: the loss that is descended; with lower x stays as it is.

    Mixing:
        W in the server's place, once a step after the local steps: of x and of y. With submodels each entry is
        averaged over those neighbours that train it.
    """

    second_derivatives = False
    one_batch = "has nothing to say: its paper trains on one loss, and draws batches of that alone"

    def __init__(
        self,
        problem: Problem,
        submodels: WholeModels = WHOLE,
        /,
        *,
        batch: BatchSize = "all",
        alpha: StepSize = 0.1,
        beta: StepSize = 0.1,
        inner_steps: Annotated[int, Field(ge=1)] = 5,
        loss: Literal["upper", "lower"] = "upper",
    ) -> None:
        super().__init__(submodels, batch)
        self._inner, self._loss, self._project = inner_steps, loss, onto_bounds(problem)
        self._alpha, self._beta = alpha, beta
        self._average = Round(*(Stream(v, submodels.kind(v)) for v in ("xy" if loss == "upper" else "y")))

    def step(self, state: State, network: Network, oracles: Oracles, sampler: Sampler) -> State:
        """Return the state after T local steps and one round with the neighbours."""
        X, Y = state.point
        x, y = state.variables
        mask = self.submodels.round(state.step, network.hosted, state.point)
        of_submodel = mask.of(oracles)
        for batch in self._batches(state.step, sampler):
            # v_i ← v_i − step · f_v(x_i∘m_x, y_i∘m_y; ξ)∘m_v,  v = x, y,  and x_i ← Π(x_i)
            Dx, Dy = self._directions(of_submodel, X, Y, batch)
            X, Y = self._project(X - self._alpha * Dx), Y - self._beta * Dy
        # v_i,k ← Σ_j w_ij m_j,k v_j,k / Σ_j w_ij m_j,k
        if self._loss == "upper":
            X, Y = self._average.post(network, mask.sent("x", X), mask.sent("y", Y)).wait()
            X = self._project(X)  # a codec or a negative weight may have led out
        else:
            (Y,) = self._average.post(network, mask.sent("y", Y)).wait()
        X, Y = moved(x.V, X, self._alpha), moved(y.V, Y, self._beta)
        return State(state.step + 1, (Variable(X, x.U), Variable(Y, y.U)), state.point)

    def _batches(self, step: int, sampler: Sampler) -> list[Batch]:
        of_upper = self._inner if self._loss == "upper" else 0
        upper, lower = sampler.batches(step, self.batches[0], of_upper, self._inner - of_upper)
        return upper or lower

    def _directions(self, oracles: Oracles, X: Rows, Y: Rows, batch: Batch) -> tuple[Rows, Rows]:
        if self._loss == "upper":
            return oracles.upper(X, Y, batch)
        return np.zeros_like(X), oracles.lower(X, Y, batch).gy


@ALGORITHMS.register("fedavg")
def fedavg() -> CustomAlgorithm:
    """FedAvg: local steps on x and y along one loss, averages with the neighbours (McMahan 2017)."""
    return CustomAlgorithm(FedAvg, paper="McMahan et al. 2017", limit_point=LimitPoint.SINGLE_LEVEL)


@ALGORITHMS.register("static")
def static() -> CustomAlgorithm:
    """Static: single-level training of submodels that keep their units (Diao 2021; Li 2024's baseline)."""
    return CustomAlgorithm(
        FedAvg, paper="Diao et al. 2021", limit_point=LimitPoint.SINGLE_LEVEL, masks="static"
    )


@ALGORITHMS.register("fedrolex")
def fedrolex() -> CustomAlgorithm:
    """FedRolex: single-level training of submodels that roll over the model (Alam 2022; Li 2024's baseline)."""
    return CustomAlgorithm(
        FedAvg, paper="Alam et al. 2022", limit_point=LimitPoint.SINGLE_LEVEL, masks="rolling"
    )


@ALGORITHMS.register("oap")
def oap() -> CustomAlgorithm:
    """OAP: single-level training of submodels drawn in every round (Zhou 2023; Li 2024's baseline)."""
    return CustomAlgorithm(
        FedAvg, paper="Zhou et al. 2023", limit_point=LimitPoint.SINGLE_LEVEL, masks="random"
    )


@ALGORITHMS.register("fiarse")
def fiarse() -> CustomAlgorithm:
    """FIARSE: single-level training of the most important submodels (Wu 2024; Li 2024's baseline)."""
    return CustomAlgorithm(
        FedAvg, paper="Wu et al. 2024", limit_point=LimitPoint.SINGLE_LEVEL, masks="importance"
    )


@ALGORITHMS.register("protonet")
def protonet() -> CustomAlgorithm:
    """ProtoNet: representations whose class means tell characters apart, by FedAvg (Snell 2017; few-shot)."""
    return CustomAlgorithm(
        FedAvg, paper="Snell et al. 2017", limit_point=LimitPoint.SINGLE_LEVEL, variant="prototypes"
    )


@ALGORITHMS.register("fo-maml")
def fo_maml() -> CustomAlgorithm:
    """FO-MAML: first-order MAML, a start from which few steps adapt to a task, by FedAvg (Finn 2017; few-shot)."""
    return CustomAlgorithm(
        FedAvg, paper="Finn et al. 2017", limit_point=LimitPoint.SINGLE_LEVEL, variant="maml"
    )
