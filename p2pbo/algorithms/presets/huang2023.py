"""Huang 2023: FedMBO, which is RABO whose nodes all train the whole model; its server replaced by a graph.

Huang et al. 2023; W X stands for the server's average. In every step, with fresh ζ in each local one:

y_i ← y_i − β gy(x_i, y_i; ζ)                             T times, no communication: setting inner_steps
Y ← W Y
X ← W (X − α(fx − hxy(p))),  p_i = (1/L) Σ_{j<J} Π_{l≤j} (I − H_l/L) fy_i          hypergradient neumann

hessian=local      H_l = ∇²_yy g_i(x_i, y_i; ζ_l), the node's own: unequal nodes end at a biased point
hessian=sampled    H_l = ∇²_yy g_s(x_s, y_s; ζ_l) of a neighbour or itself, drawn by W's row for each factor
                   (:mod:`p2pbo.algorithms.neighbour_hessians`): E p_i is the series of Σ_s w_is H_s

The paper draws clients inside the product, so that its expectation is the network's series; on a complete graph of
uniform weights ``sampled`` is that. On others a node's series is its neighbourhood's. fy and hxy stay the node's own,
and leave a floor where they differ. The 2(J − 1) further rounds of a step carry one vector from each node, and need
all links.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.custom_algorithm import CustomAlgorithm
from p2pbo.algorithms.hypergradients.neumann import Neumann
from p2pbo.algorithms.limit_point import LimitPoint
from p2pbo.algorithms.local_hypergradient import LocalHypergradient
from p2pbo.algorithms.neighbour_hessians import Handovers, NeighbourHessianOracles, NeighbourProducts
from p2pbo.algorithms.parts import StepSize
from p2pbo.algorithms.presets.li2024 import RABO
from p2pbo.algorithms.sampling import BatchSize, Sampler
from p2pbo.algorithms.submodels import WHOLE
from p2pbo.arrays import Rows
from p2pbo.errors import InputError
from p2pbo.network import Network
from p2pbo.problems import Oracles, PointOracles, Problem
from p2pbo.topology.permutations import Permutations, permutations


class FedMBO(RABO):
    """RABO with whole models, whose Neumann factors may be those of other nodes (Huang et al. 2023).

    Args:
        batch: rows that a node draws for a batch; all: all of them, so that nothing is drawn.
        alpha: α, the step size of x; 0 holds x.
        beta: β, the step size of y; 0 holds y.
        inner_steps: T, the local steps on y in a step.
        hessian: whose Hessians the factors of the series are: the node's own, or drawn neighbours'.

    Mixing:
        W in the server's place, twice a step: of y after the local steps, of x after its own step.
    """

    def __init__(
        self,
        problem: Problem,
        hypergradient: LocalHypergradient,
        /,
        *,
        batch: BatchSize = "all",
        alpha: StepSize = 0.1,
        beta: StepSize = 0.1,
        inner_steps: Annotated[int, Field(ge=1)] = 5,
        hessian: Literal["local", "sampled"] = "local",
    ) -> None:
        super().__init__(
            problem, hypergradient, WHOLE, batch=batch, alpha=alpha, beta=beta, inner_steps=inner_steps
        )
        self.samples_neighbours = hessian == "sampled"
        self._permutations: Permutations | None = None
        self._handovers = Handovers.declared()
        if self.samples_neighbours and not (isinstance(hypergradient, Neumann) and hypergradient.sums):
            cause = "asks for the same number of products from every node, which a Neumann sum has"
            raise InputError("hessian sampled", cause, "use hypergradient=neumann and neumann=sum")

    def _at(
        self, oracles: Oracles, X: Rows, Y: Rows, step: int, network: Network, sampler: Sampler
    ) -> PointOracles:
        if not self.samples_neighbours:
            return super()._at(oracles, X, Y, step, network, sampler)
        if self._permutations is None:
            self._permutations = permutations(network.topology)
        visits = NeighbourProducts(self._permutations, self._handovers, network, sampler, step)
        return NeighbourHessianOracles(oracles, X, Y, visits)


@ALGORITHMS.register("fedmbo")
def fedmbo() -> CustomAlgorithm:
    """FedMBO: RABO with whole models, by a node's own Hessians or by drawn neighbours' (Huang et al. 2023)."""
    return CustomAlgorithm(
        FedMBO, paper="Huang et al. 2023", limit_point=LimitPoint.BIASED_FLOOR, hypergradient="neumann"
    )
