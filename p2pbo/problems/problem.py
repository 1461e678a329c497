"""A bilevel problem spread over K nodes: two losses, each node's data, and what else is known about it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Protocol, get_args

import numpy as np

from p2pbo.arrays import Rows, Vector
from p2pbo.errors import InputError, did_you_mean
from p2pbo.extras import require
from p2pbo.problems.bounds import Bounds
from p2pbo.problems.flat_variable import check_buffers, is_module, make_flat_variable
from p2pbo.problems.node_data import Loss, NodeData
from p2pbo.problems.oracles import Oracles
from p2pbo.problems.submodels.units import Units

if TYPE_CHECKING:
    from p2pbo.problems.autograd.oracles import AutogradOracles


LowerLevel = Literal["shared", "local"]
"""Whose y is: "shared", one of all nodes, or "local", one of each node's own."""


@dataclass(frozen=True)
class ExactSolution:
    """The exact y*(x), z*(x) = −[∇²_yy g]⁻¹ ∇_y f and ∇Φ(x) of the network's average problem.

    Where each node has a lower level of its own, y and z are those of all nodes, K×dy.
    """

    y: Vector | Rows
    z: Vector | Rows
    hypergradient: Vector


class ClosedOracles(Protocol):
    """A maker of a problem's closed-form oracles for the nodes that a rank hosts."""

    def __call__(self, problem: Problem, nodes: range, dtype: np.dtype[Any]) -> Oracles:
        """Return the oracles of ``nodes``, computing in ``dtype``."""


class Problem:
    """min_x (1/K) Σ f_i(x, y*(x)),  y*(x) = argmin_y (1/K) Σ g_i(x, y), with g_i strongly convex in y.

    With a lower level of each node's own: min_x (1/K) Σ f_i(x, y_i*(x)),  y_i*(x) = argmin_y g_i(x, y).

    Args:
        upper: f(x, y, batch) → scalar torch tensor, a mean over the batch's rows.
        lower: g(x, y, batch) → scalar torch tensor, the same.
        nodes: one :class:`NodeData` per node.
        dim_x, dim_y: sizes of flat x and y; not needed where ``x0`` or ``y0`` says it.
        x0, y0: the common start: a flat array, a dict of tensors or a ``torch.nn.Module``; the losses then get
            the same shape back (a dict of tensors by name for dicts and modules). Parameters of modules with
            ``requires_grad=False`` stay as they are: the losses get them, and x and y do not hold them. Default: zeros.
            Or a start for each node: an array K×dim.
        bounds: (lo, hi), which x is kept in: each a number, an array, or a dict of either by name where x0 has names;
            -inf and inf leave entries free. Every step projects x onto them.
        z0: the start of z, in methods that carry it from step to step: a flat array, or K×dim_y. Default: zeros.
        lower_level: "shared": the nodes agree on one y, or "local": each node has a y of its own, which it never sends.
        oracles: closed-form oracles on stacked rows, instead of autograd (see :class:`~p2pbo.problems.ClosedForm`).
        lipschitz: L ≥ the Lipschitz constant of every ∇_y g_i in y, on any rows, for Neumann hypergradients. Where
            that depends on x it is the one at the start, which a larger x may exceed. A run that measures more warns.
        convexity: μ, such that every g_i is μ-strongly convex in y, where that is known; at the start of x likewise.
        slope: c_fy ≥ ‖∇_y f_i‖ at every x and y, where such a bound is known. Wherever μ holds, c_fy/μ bounds ‖z*‖.
        exact: x ↦ :class:`ExactSolution`, where the solution is known.
        test: (x, y) ↦ figures on held-out data, such as {"test_accuracy": 0.85}, or one number, logged as ``test``.
            With a lower level of each node's own it is called with the y of every node, and the mean is logged.
        units: which entries of x and y belong to which unit of a network, so that nodes of less capacity run narrower
            ones. Where x0 or y0 is a module, they are found in its layers
            (:mod:`p2pbo.problems.submodels.module_units`).
        variants: makers of problems with other losses on the same data and start, by name, for methods of their own.
        steady: whether what a loss computes depends on shapes alone, not on the numbers in its batch: its operations
            are then counted once for each shape.
        name: how traces call the problem.

    Raises:
        InputError: a dimension is missing, there are no nodes, a start cannot be used or lies outside of the bounds,
            these are not lo < hi, units do not fit the shapes of x and y, or there is no such lower level.
    """

    def __init__(
        self,
        upper: Loss,
        lower: Loss,
        *,
        nodes: Sequence[NodeData],
        dim_x: int | None = None,
        dim_y: int | None = None,
        x0: Any = None,
        y0: Any = None,
        z0: Any = None,
        bounds: tuple[Any, Any] | None = None,
        lower_level: LowerLevel = "shared",
        oracles: ClosedOracles | None = None,
        lipschitz: float | None = None,
        convexity: float | None = None,
        slope: float | None = None,
        exact: Callable[[Vector], ExactSolution] | None = None,
        test: Callable[[Vector, Vector], Mapping[str, float] | float] | None = None,
        units: Units | None = None,
        variants: Mapping[str, Callable[[], Problem]] | None = None,
        steady: bool = True,
        name: str = "custom",
    ) -> None:
        if len(nodes) == 0:
            raise InputError(f"problem {name}", "has no nodes", "give one NodeData per node")
        if lower_level not in get_args(LowerLevel):
            remedy = did_you_mean(str(lower_level), get_args(LowerLevel))
            raise InputError(f"lower_level {lower_level!r}", "is no lower level", remedy)
        self.name, self.nodes, self.lower_level = name, nodes, lower_level
        K = len(nodes)
        self.x, self.y = make_flat_variable("x", dim_x, x0, K), make_flat_variable("y", dim_y, y0, K)
        if isinstance(z0, Mapping) or is_module(z0):
            raise InputError("z0", f"is a {type(z0).__name__}", "give a flat array, or one row for each node")
        self.z = make_flat_variable("z", self.dim_y, z0, K)
        self.bounds = None if bounds is None else Bounds.of(self.x, bounds)
        self.upper, self.lower, self.steady = upper, lower, steady
        self.closed_oracles, self.exact, self.test = oracles, exact, test
        self.lipschitz, self.convexity, self.slope = lipschitz, convexity, slope
        self._variants, self._units = variants or {}, units
        self._modules = {name: start for name, start in (("x", x0), ("y", y0)) if is_module(start)}
        if units is not None:
            units.check("x", self.x.shapes)
            units.check("y", self.y.shapes)

    @property
    def dim_x(self) -> int:
        """The length of a row of X."""
        return self.x.size

    @property
    def dim_y(self) -> int:
        """The length of a row of Y (and Z, U)."""
        return self.y.size

    def within(self, lower: Any, upper: Any) -> Problem:
        """Return the same problem with bounds on x, each as ``Problem(bounds=)`` takes it.

        Raises:
            InputError: they cannot be used, or x starts outside of them.
        """
        bounded = copy.copy(self)
        bounded.bounds = Bounds.of(self.x, (lower, upper))
        return bounded

    def size(self, variable: str) -> int:
        """Return the length of a row of x, or of another variable: y, z or u."""
        return self.dim_x if variable == "x" else self.dim_y

    def shapes(self, variable: str) -> tuple[tuple[int, ...], ...]:
        """Return the shapes of the tensors that a row of a variable is made of; a flat one is one vector."""
        held = self.x if variable == "x" else self.y
        return ((held.size,),) if held.shapes is None else tuple(held.shapes.values())

    def start(self, variable: str, nodes: range) -> Rows:
        """Return where ``nodes`` start with a variable, a row each: from x0, from y0 (u, too), or from z0."""
        held = {"x": self.x, "y": self.y, "u": self.y, "z": self.z}[variable]
        return held.rows(nodes)

    def host(self, nodes: range, dtype: np.dtype[Any], device: str = "cpu") -> Oracles:
        """Return the oracles of ``nodes``: closed-form where the problem has them, else autograd on ``device``."""
        if self.closed_oracles is not None:
            return self.closed_oracles(self, nodes, dtype)
        return self.autograd(nodes, dtype, device)

    def autograd(self, nodes: range, dtype: np.dtype[Any], device: str = "cpu") -> AutogradOracles:
        """Return the oracles of ``nodes`` by automatic differentiation of the two losses.

        Raises:
            InputError: a module has been set to change its buffers since the problem was made.
        """
        require("torch", extra="run")
        for name, module in self._modules.items():
            check_buffers(f"{name}0", module)
        from p2pbo.problems.autograd.oracles import AutogradOracles

        return AutogradOracles(self, nodes, dtype, device)

    @cached_property
    def units(self) -> Units | None:
        """The units of networks that x and y belong to, as given or found in modules; None: there are no units.

        Raises:
            InputError: a module has a layer of which this cannot be told.
        """
        if self._units is None and self._modules:
            from p2pbo.problems.submodels.module_units import units_of

            return units_of(**self._modules)
        return self._units

    def variant(self, name: str) -> Problem:
        """Return the variant of that name: a problem with other losses on the same data, start and bounds.

        Raises:
            InputError: there is none.
        """
        if name not in self._variants:
            remedy = f"use a problem that has them, such as few-shot, or give variants={{'{name}': …}}"
            raise InputError(f"problem {self.name}", f"has no {name} losses", remedy)
        made = self._variants[name]()
        return made if self.bounds is None else made.within(self.bounds.lower, self.bounds.upper)
