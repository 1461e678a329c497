"""The quadratic problem, with everything known in closed form; every correctness test starts from it.

f_i(x, y) = mean_s ½‖y − c_is‖² + ½μ‖x − e_i‖²
g_i(x, y) = mean_s ½ a_is yᵀA_i y − yᵀ(B_i x + b_is)                          (mean_s a_is = 1)

With bars for averages over nodes:  y*(x) = Ā⁻¹(B̄x + b̄),  z*(x) = −Ā⁻¹(y* − c̄),  ∇Φ(x) = μ(x − ē) − B̄ᵀz*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from p2pbo.arrays import Rows, Vector
from p2pbo.memory import require_memory
from p2pbo.problems.context import PROBLEMS, ProblemContext
from p2pbo.problems.node_data import Batch, NodeData, sample_indices
from p2pbo.problems.oracles import Oracles
from p2pbo.problems.problem import ExactSolution, Problem
from p2pbo.randomness import generator


@dataclass(frozen=True)
class Coefficients:
    """The coefficients of all nodes, stacked over nodes (K first), samples second."""

    A: NDArray[np.float64]  # K×dy×dy
    B: NDArray[np.float64]  # K×dy×dx
    a: NDArray[np.float64]  # K×samples, mean 1 on each node
    b: NDArray[np.float64]  # K×samples×dy
    c: NDArray[np.float64]  # K×samples×dy
    e: NDArray[np.float64]  # K×dx
    mu: float

    def exact(self, x: Vector) -> ExactSolution:
        """Return y*, z* and ∇Φ at x."""
        A, B = self.A.mean(0), self.B.mean(0)
        y = np.linalg.solve(A, B @ x + self.b.mean((0, 1)))  # y* = Ā⁻¹(B̄x + b̄)
        z = -np.linalg.solve(A, y - self.c.mean((0, 1)))  # z* = −Ā⁻¹(y* − c̄)
        return ExactSolution(y, z, self.mu * (x - self.e.mean(0)) - B.T @ z)  # ∇Φ = μ(x − ē) − B̄ᵀz*

    def lipschitz(self) -> float:
        """Return the largest curvature of any node in any sample."""
        return float((np.linalg.eigvalsh(self.A)[:, -1] * self.a.max(1)).max())

    def convexity(self) -> float:
        """Return the smallest curvature of any node in any sample."""
        return float((np.linalg.eigvalsh(self.A)[:, 0] * self.a.min(1)).min())


def draw_coefficients(
    nodes: int, seed: int, dims: tuple[int, int], heterogeneity: float, samples: int, noise: float
) -> Coefficients:
    """Draw coefficients whose network averages and node deviations are seeded apart; heterogeneity 0: equal nodes."""
    dim_x, dim_y = dims
    common, own, sampled = (generator(seed, f"quadratic/{part}") for part in ("common", "nodes", "samples"))

    def spread(*shape: int) -> NDArray[np.float64]:
        return common.standard_normal(shape) + heterogeneity * own.standard_normal((nodes, *shape))

    def per_sample(centre: NDArray[np.float64]) -> NDArray[np.float64]:
        deviation = noise * sampled.standard_normal((nodes, samples, centre.shape[-1]))
        return centre[:, None] + deviation - deviation.mean(1, keepdims=True)

    root = spread(dim_y, dim_y) / np.sqrt(dim_y)
    A = 0.8 * np.eye(dim_y) + 0.1 * root @ root.transpose(0, 2, 1) / (1 + heterogeneity**2)
    scale = 1 + noise * (sampled.random((nodes, samples)) - 0.5)
    return Coefficients(
        A=A,
        B=0.2 * spread(dim_y, dim_x) / np.sqrt(dim_x),
        a=scale / scale.mean(1, keepdims=True),
        b=per_sample(spread(dim_y)),
        c=per_sample(spread(dim_y)),
        e=spread(dim_x),
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

    Raises:
        InputError: the coefficients take more memory than there is.
    """
    numbers = context.nodes * dim_y * (2 * dim_y + dim_x + 2 * samples)  # root, A, B, b, c
    remedy = "use fewer nodes, samples or dimensions"
    require_memory("problem quadratic", 8 * numbers, f"for the coefficients of {context.nodes} nodes", remedy)
    held = draw_coefficients(context.nodes, context.seed, (dim_x, dim_y), heterogeneity, samples, noise)
    return Problem(
        upper_loss,
        lower_loss,
        nodes=_Nodes(held),
        dim_x=dim_x,
        dim_y=dim_y,
        oracles=lambda problem, nodes, dtype: QuadraticOracles(held, nodes, dtype),
        lipschitz=held.lipschitz(),
        convexity=held.convexity(),
        exact=held.exact,
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


class _Nodes(Sequence[NodeData]):
    """All nodes' samples as tensors; what a node's samples share is repeated without a copy."""

    def __init__(self, held: Coefficients) -> None:
        self._held = held

    def __len__(self) -> int:
        return len(self._held.A)

    def __getitem__(self, node: Any) -> Any:
        import torch

        held, count = self._held, self._held.a.shape[1]

        def shared(value: Any) -> torch.Tensor:
            tensor = torch.as_tensor(value)
            return tensor.expand(count, *tensor.shape)

        upper = {
            "c": torch.as_tensor(held.c[node]),
            "e": shared(held.e[node]),
            "mu": shared(np.float64(held.mu)),
        }
        samples = {"a": torch.as_tensor(held.a[node]), "b": torch.as_tensor(held.b[node])}
        return NodeData(upper, {**samples, "A": shared(held.A[node]), "B": shared(held.B[node])})


def _product(matrices: Rows, rows: Rows) -> Rows:
    """Return each hosted node's matrix times its row."""
    return np.matmul(matrices, rows[..., None])[..., 0]


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
        return self._mu * (X - self._e), Y - self._mean(self._c, batch)

    def lower(self, X: Rows, Y: Rows, batch: Batch) -> QuadraticLower:
        """Return gy = mean(a) A y − B x − mean(b), and its products."""
        curvature = self._mean(self._a, batch)[:, None]
        gy = curvature * _product(self.A, Y) - _product(self.B, X) - self._mean(self._b, batch)
        return QuadraticLower(self, gy, curvature)

    def losses(self, X: Rows, Y: Rows) -> tuple[Rows, Rows]:
        """Return (f_i, g_i) over all samples of each hosted node."""
        residual = ((Y[:, None] - self._c) ** 2).sum(2).mean(1)
        f = 0.5 * residual + 0.5 * self._mu * ((X - self._e) ** 2).sum(1)
        g = 0.5 * (Y * _product(self.A, Y)).sum(1) - (Y * (_product(self.B, X) + self._b.mean(1))).sum(1)
        return f, g

    @staticmethod
    def _mean(samples: Rows, batch: Batch) -> Rows:
        drawn = sample_indices(batch)
        if drawn is None:
            return samples.mean(1)
        return samples[np.arange(len(drawn))[:, None], drawn].mean(1)


class QuadraticLower:
    """∇_y g and its products: hyy(v) = mean(a) A v, hxy(v) = −Bᵀv."""

    def __init__(self, oracles: QuadraticOracles, gy: Rows, curvature: Rows) -> None:
        self._oracles, self.gy, self._curvature = oracles, gy, curvature

    def products(self, V: Rows) -> tuple[Rows, Rows]:
        """Return (hyy(v), hxy(v))."""
        return self.hyy(V), self.hxy(V)

    def hyy(self, V: Rows) -> Rows:
        """Return mean(a) A v."""
        return self._curvature * _product(self._oracles.A, V)

    def hxy(self, V: Rows) -> Rows:
        """Return −Bᵀv."""
        return -_product(self._oracles.B.transpose(0, 2, 1), V)
