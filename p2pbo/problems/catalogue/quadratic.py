"""The quadratic problem, with everything known in closed form; every correctness test starts from it.

f_i(x, y) = mean_s ½‖y − c_is‖² + ½μ‖x − e_i‖²
g_i(x, y) = mean_s ½ a_is yᵀA_i y − yᵀ(B_i x + b_is)                          (mean_s a_is = 1)

With bars for averages over nodes:  y*(x) = Ā⁻¹(B̄x + b̄),  z*(x) = −Ā⁻¹(y* − c̄),  ∇Φ(x) = μ(x − ē) − B̄ᵀz*.
With a lower level of each node's own, and bars over samples:
y_i*(x) = A_i⁻¹(B_i x + b̄_i),  z_i*(x) = −A_i⁻¹(y_i* − c̄_i),  ∇Φ(x) = μ(x − ē) − (1/K) Σ B_iᵀz_i*.
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

    A: Numbers  # K×dy×dy
    B: Numbers  # K×dy×dx
    a: Numbers  # K×samples, mean 1 on each node
    b: Numbers  # K×samples×dy
    c: Numbers  # K×samples×dy
    e: Numbers  # K×dx
    mu: float

    def exact(self, x: Vector) -> ExactSolution:
        """Return y*, z* and ∇Φ at x."""
        A, B = self.A.mean(0), self.B.mean(0)
        y = np.linalg.solve(A, B @ x + self.b.mean((0, 1)))  # y* = Ā⁻¹(B̄x + b̄)
        z = -np.linalg.solve(A, y - self.c.mean((0, 1)))  # z* = −Ā⁻¹(y* − c̄)
        return ExactSolution(y, z, self.mu * (x - self.e.mean(0)) - B.T @ z)  # ∇Φ = μ(x − ē) − B̄ᵀz*

    def own_exact(self, x: Vector) -> ExactSolution:
        """Return every node's y_i* and z_i* at x, and ∇Φ, where each node has a lower level of its own."""
        Y = solve(self.A, self.B @ x + self.b.mean(1))  # y_i* = A_i⁻¹(B_i x + b̄_i)
        Z = -solve(self.A, Y - self.c.mean(1))  # z_i* = −A_i⁻¹(y_i* − c̄_i)
        # ∇Φ = μ(x − ē) − (1/K) Σ B_iᵀz_i*
        gradient = self.mu * (x - self.e.mean(0)) - product(self.B.mT, Z).mean(0)
        return ExactSolution(Y, Z, gradient)

    def samples(self) -> StackedNodes:
        """Return the nodes' samples."""
        upper = Side({"c": self.c}, {"e": self.e, "mu": np.full(len(self.e), self.mu)})
        return StackedNodes(upper, Side({"a": self.a, "b": self.b}, {"A": self.A, "B": self.B}))

    def lipschitz(self) -> float:
        """Return the largest curvature of any node in any sample."""
        return float((np.linalg.eigvalsh(self.A)[:, -1] * self.a.max(1)).max())

    def convexity(self) -> float:
        """Return the smallest curvature of any node in any sample."""
        return float((np.linalg.eigvalsh(self.A)[:, 0] * self.a.min(1)).min())


def draw_coefficients(draws: CoefficientDraws, dim_x: int, dim_y: int) -> Coefficients:
    """Draw the coefficients of all nodes."""
    return Coefficients(
        A=draws.curvature(dim_y, least=0.8, more=0.1),
        B=0.2 * draws.spread(dim_y, dim_x) / np.sqrt(dim_x),
        a=draws.scales(),
        b=draws.per_sample(draws.spread(dim_y)),
        c=draws.per_sample(draws.spread(dim_y)),
        e=draws.spread(dim_x),
        mu=0.1,
    )


@PROBLEMS.register("quadratic")
def quadratic(
    context: ProblemContext,
    /,
    *,
    dim_x: Annotated[int, Field(ge=1)] = 10,
    dim_y: Annotated[int, Field(ge=1)] = 8,
    heterogeneity: Annotated[float, Field(ge=0, le=1e6)] = 1.0,
    samples: Annotated[int, Field(ge=1)] = 64,
    noise: Annotated[float, Field(ge=0, lt=1)] = 0.1,
) -> Problem:
    """Quadratic losses with known solution; heterogeneity 0 makes all nodes equal, noise 0 all samples.

    Args:
        dim_x: entries of x.
        dim_y: entries of y.
        heterogeneity: how far nodes differ; 0: not at all.
        samples: samples of a node.
        noise: how far samples differ; 0: not at all.

    Raises:
        InputError: the coefficients take more memory than there is.
    """
    numbers = context.nodes * dim_y * (2 * dim_y + dim_x + 2 * samples)  # root, A, B, b, c
    remedy = "use fewer nodes, samples or dimensions"
    require_memory("problem quadratic", 8 * numbers, f"for the coefficients of {context.nodes} nodes", remedy)
    draws = CoefficientDraws(context, "quadratic", heterogeneity, samples, noise)
    held = draw_coefficients(draws, dim_x, dim_y)
    return Problem(
        upper_loss,
        lower_loss,
        nodes=held.samples(),
        dim_x=dim_x,
        dim_y=dim_y,
        oracles=lambda problem, nodes, dtype: QuadraticOracles(held, nodes, dtype),
        lipschitz=held.lipschitz(),
        convexity=held.convexity(),
        exact=held.exact if context.lower_level == "shared" else held.own_exact,
        lower_level=context.lower_level,
        name="quadratic",
    )


def upper_loss(x: Any, y: Any, batch: dict[str, Any]) -> Any:
    """Return f(x, y) = mean_s ½‖y − c_s‖² + ½ mu ‖x − e‖², in torch."""
    residual, offset = y - batch["c"], x - batch["e"]
    return (0.5 * (residual**2).sum(1) + 0.5 * batch["mu"] * (offset**2).sum(1)).mean()


def lower_loss(x: Any, y: Any, batch: dict[str, Any]) -> Any:
    """Return g(x, y) = mean_s ½ a_s yᵀA y − yᵀ(B x + b_s), in torch."""
    curvature = 0.5 * batch["a"] * ((batch["A"] @ y) @ y)
    return (curvature - (batch["B"] @ x + batch["b"]) @ y).mean()


class QuadraticOracles(Oracles):
    """The hosted nodes' oracles in closed form, all nodes at once."""

    def __init__(self, held: Coefficients, nodes: range, dtype: np.dtype[Any]) -> None:
        own = slice(nodes.start, nodes.stop)
        self.A, self.B, self._a, self._b, self._c, self._e = (
            part[own].astype(dtype) for part in (held.A, held.B, held.a, held.b, held.c, held.e)
        )
        self._mu = held.mu
        self.upper_samples = self.lower_samples = np.full(len(nodes), held.a.shape[1])

    def upper(self, X: Rows, Y: Rows, batch: Batch) -> tuple[Rows, Rows]:
        """Return fx = μ(x − e) and fy = y − mean c."""
        return self._mu * (X - self._e), Y - batch_mean(self._c, batch)

    def lower(self, X: Rows, Y: Rows, batch: Batch) -> QuadraticLower:
        """Return gy = mean(a) A y − B x − mean(b), and its products."""
        curvature = batch_mean(self._a, batch)[:, None]
        gy = curvature * product(self.A, Y) - product(self.B, X) - batch_mean(self._b, batch)
        return QuadraticLower(self, gy, curvature)

    def lower_gradients(self, X: Rows, Y: Rows, batch: Batch) -> tuple[Rows, Rows]:
        """Return gx = −Bᵀy, which is hxy(y), and gy."""
        lower = self.lower(X, Y, batch)
        return lower.hxy(Y), lower.gy

    def losses(self, X: Rows, Y: Rows) -> tuple[Rows, Rows]:
        """Return (f_i, g_i) over all samples of each hosted node."""
        residual = ((Y[:, None] - self._c) ** 2).sum(2).mean(1)
        f = 0.5 * residual + 0.5 * self._mu * ((X - self._e) ** 2).sum(1)
        g = 0.5 * (Y * product(self.A, Y)).sum(1) - (Y * (product(self.B, X) + self._b.mean(1))).sum(1)
        return f, g


class QuadraticLower:
    """∇_y g and its products: hyy(v) = mean(a) A v, hxy(v) = −Bᵀv."""

    def __init__(self, oracles: QuadraticOracles, gy: Rows, curvature: Rows) -> None:
        self._oracles, self.gy, self._curvature = oracles, gy, curvature

    def products(self, V: Rows) -> tuple[Rows, Rows]:
        """Return (hyy(v), hxy(v))."""
        return self.hyy(V), self.hxy(V)

    def hyy(self, V: Rows) -> Rows:
        """Return mean(a) A v."""
        return self._curvature * product(self._oracles.A, V)

    def hxy(self, V: Rows) -> Rows:
        """Return −Bᵀv."""
        return -product(self._oracles.B.transpose(0, 2, 1), V)
