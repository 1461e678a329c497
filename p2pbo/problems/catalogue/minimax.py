"""A quadratic minimax problem: y maximizes what x minimizes, g = −f, with everything known in closed form.

f_i(x, y) = mean_s ½ xᵀA_i x + xᵀB_i y − ½ s_is yᵀC_i y + p_isᵀx + q_isᵀy       (mean_s s_is = 1)
g_i(x, y) = −f_i(x, y)

With bars for averages over nodes: y*(x) = C̄⁻¹(B̄ᵀx + q̄). There ∇_y f = −∇_y g vanishes, so z*(x) = 0, and
∇Φ(x) = Āx + B̄y* + p̄ has no indirect part. On a node's own data neither holds, unless the lower level is its own: then
y_i*(x) = C_i⁻¹(B_iᵀx + q̄_i), z_i*(x) = 0 and ∇Φ(x) = Āx + (1/K) Σ B_i y_i* + p̄, with bars over samples in q̄_i.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from p2pbo.arrays import Rows, Vector
from p2pbo.memory import require_memory
from p2pbo.problems.context import PROBLEMS, ProblemContext
from p2pbo.problems.node_data import Batch
from p2pbo.problems.oracles import Oracles
from p2pbo.problems.problem import ExactSolution, Problem
from p2pbo.problems.quadratics.draws import CoefficientDraws, Numbers
from p2pbo.problems.quadratics.stacked import Side, StackedNodes, batch_mean, product, solve


@dataclass(frozen=True)
class Coefficients:
    """The coefficients of all nodes, stacked over nodes (K first), samples second."""

    A: Numbers  # K×dx×dx
    B: Numbers  # K×dx×dy
    C: Numbers  # K×dy×dy
    s: Numbers  # K×samples, mean 1 on each node
    p: Numbers  # K×samples×dx
    q: Numbers  # K×samples×dy

    def exact(self, x: Vector) -> ExactSolution:
        """Return y*, z* = 0 and ∇Φ at x."""
        A, B, C = self.A.mean(0), self.B.mean(0), self.C.mean(0)
        y = np.linalg.solve(C, B.T @ x + self.q.mean((0, 1)))  # y* = C̄⁻¹(B̄ᵀx + q̄)
        return ExactSolution(y, np.zeros_like(y), A @ x + B @ y + self.p.mean((0, 1)))  # ∇Φ = Āx + B̄y* + p̄

    def own_exact(self, x: Vector) -> ExactSolution:
        """Return every node's y_i* and z_i* = 0 at x, and ∇Φ, where each node has a lower level of its own."""
        Y = solve(self.C, self.B.mT @ x + self.q.mean(1))  # y_i* = C_i⁻¹(B_iᵀx + q̄_i)
        slope = self.A.mean(0) @ x + product(self.B, Y).mean(0) + self.p.mean((0, 1))
        return ExactSolution(Y, np.zeros_like(Y), slope)  # ∇Φ = Āx + (1/K) Σ B_i y_i* + p̄

    def lipschitz(self) -> float:
        """Return the largest curvature in y of any node in any sample."""
        return float((np.linalg.eigvalsh(self.C)[:, -1] * self.s.max(1)).max())

    def convexity(self) -> float:
        """Return the smallest curvature in y of any node in any sample."""
        return float((np.linalg.eigvalsh(self.C)[:, 0] * self.s.min(1)).min())

    def samples(self) -> StackedNodes:
        """Return the nodes' samples, which both losses share."""
        side = Side({"s": self.s, "p": self.p, "q": self.q}, {"A": self.A, "B": self.B, "C": self.C})
        return StackedNodes(side, side)


@PROBLEMS.register("minimax")
def minimax(
    context: ProblemContext,
    /,
    *,
    dim_x: Annotated[int, Field(ge=1)] = 10,
    dim_y: Annotated[int, Field(ge=1)] = 8,
    heterogeneity: Annotated[float, Field(ge=0, le=1e6)] = 1.0,
    samples: Annotated[int, Field(ge=1)] = 64,
    noise: Annotated[float, Field(ge=0, lt=1)] = 0.1,
) -> Problem:
    """Quadratic saddle point with known solution, g = −f; heterogeneity 0 makes all nodes equal, noise 0 all samples.

    Args:
        dim_x: entries of x, which minimizes.
        dim_y: entries of y, which maximizes.
        heterogeneity: how far nodes differ; 0: not at all.
        samples: samples of a node.
        noise: how far samples differ; 0: not at all.

    Raises:
        InputError: the coefficients take more memory than there is.
    """
    numbers = context.nodes * (2 * dim_x**2 + 2 * dim_y**2 + dim_x * dim_y + samples * (dim_x + dim_y))
    remedy = "use fewer nodes, samples or dimensions"
    require_memory("problem minimax", 8 * numbers, f"for the coefficients of {context.nodes} nodes", remedy)
    draws = CoefficientDraws(context, "minimax", heterogeneity, samples, noise)
    held = Coefficients(
        A=draws.curvature(dim_x, least=0.1, more=0.1),
        B=0.2 * draws.spread(dim_x, dim_y) / np.sqrt(dim_x),
        C=draws.curvature(dim_y, least=0.8, more=0.1),
        s=draws.scales(),
        p=0.1 * draws.per_sample(draws.spread(dim_x)),
        q=draws.per_sample(draws.spread(dim_y)),
    )
    return Problem(
        upper_loss,
        lower_loss,
        nodes=held.samples(),
        dim_x=dim_x,
        dim_y=dim_y,
        oracles=lambda problem, nodes, dtype: MinimaxOracles(held, nodes, dtype),
        lipschitz=held.lipschitz(),
        convexity=held.convexity(),
        exact=held.exact if context.lower_level == "shared" else held.own_exact,
        lower_level=context.lower_level,
        name="minimax",
    )


def upper_loss(x: Any, y: Any, batch: dict[str, Any]) -> Any:
    """Return f(x, y) = mean_s ½ xᵀA x + xᵀB y − ½ s_s yᵀC y + p_sᵀx + q_sᵀy, in torch."""
    in_x = 0.5 * ((batch["A"] @ x) @ x) + batch["p"] @ x
    in_y = batch["q"] @ y - 0.5 * batch["s"] * ((batch["C"] @ y) @ y)
    return (in_x + (batch["B"] @ y) @ x + in_y).mean()


def lower_loss(x: Any, y: Any, batch: dict[str, Any]) -> Any:
    """Return g(x, y) = −f(x, y), in torch."""
    return -upper_loss(x, y, batch)


class MinimaxOracles(Oracles):
    """The hosted nodes' oracles in closed form, all nodes at once."""

    def __init__(self, held: Coefficients, nodes: range, dtype: np.dtype[Any]) -> None:
        own = slice(nodes.start, nodes.stop)
        self._A, self.B, self.C, self._s, self._p, self._q = (
            part[own].astype(dtype) for part in (held.A, held.B, held.C, held.s, held.p, held.q)
        )
        self.upper_samples = self.lower_samples = np.full(len(nodes), held.s.shape[1])

    def upper(self, X: Rows, Y: Rows, batch: Batch) -> tuple[Rows, Rows]:
        """Return fx = A x + B y + mean p and fy = Bᵀx − mean(s) C y + mean q."""
        fx = product(self._A, X) + product(self.B, Y) + batch_mean(self._p, batch)
        return fx, self._ascent(X, Y, batch, self._curvature(batch))

    def lower(self, X: Rows, Y: Rows, batch: Batch) -> MinimaxLower:
        """Return gy = −fy on the lower samples, and its products."""
        curvature = self._curvature(batch)
        return MinimaxLower(self, -self._ascent(X, Y, batch, curvature), curvature)

    def lower_gradients(self, X: Rows, Y: Rows, batch: Batch) -> tuple[Rows, Rows]:
        """Return gx = −fx and gy = −fy on the lower samples."""
        fx, fy = self.upper(X, Y, batch)
        return -fx, -fy

    def losses(self, X: Rows, Y: Rows) -> tuple[Rows, Rows]:
        """Return (f_i, −f_i) over all samples of each hosted node."""
        in_x = 0.5 * (X * product(self._A, X)).sum(1) + (X * self._p.mean(1)).sum(1)
        in_y = (Y * self._q.mean(1)).sum(1) - 0.5 * (Y * product(self.C, Y)).sum(1)
        f = in_x + (X * product(self.B, Y)).sum(1) + in_y
        return f, -f

    def _curvature(self, batch: Batch) -> Rows:
        return batch_mean(self._s, batch)[:, None]

    def _ascent(self, X: Rows, Y: Rows, batch: Batch, curvature: Rows) -> Rows:
        # fy = Bᵀx − mean(s) C y + mean q
        return product(self.B.mT, X) - curvature * product(self.C, Y) + batch_mean(self._q, batch)


class MinimaxLower:
    """∇_y g and its products: hyy(v) = mean(s) C v, hxy(v) = −B v."""

    def __init__(self, oracles: MinimaxOracles, gy: Rows, curvature: Rows) -> None:
        self._oracles, self.gy, self._curvature = oracles, gy, curvature

    def products(self, V: Rows) -> tuple[Rows, Rows]:
        """Return (hyy(v), hxy(v))."""
        return self.hyy(V), self.hxy(V)

    def hyy(self, V: Rows) -> Rows:
        """Return mean(s) C v."""
        return self._curvature * product(self._oracles.C, V)

    def hxy(self, V: Rows) -> Rows:
        """Return −B v."""
        return -product(self._oracles.B, V)
