"""Closed-form oracles that a user gives as plain functions on stacked arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from p2pbo.arrays import Rows
from p2pbo.problems.node_data import Batch, map_leaves, sample_indices
from p2pbo.problems.oracles import Lower, Oracles
from p2pbo.problems.problem import Problem

if TYPE_CHECKING:
    from p2pbo.problems.autograd.stacking import TorchLosses

StackedBatch = Any
"""A batch's structure with numpy leaves of shape (nodes, rows, …)."""


Gradient = Callable[[Rows, Rows, StackedBatch], Rows]
"""A function (X, Y, batch) ↦ rows."""


@dataclass(frozen=True)
class ClosedForm:
    """Functions on stacked rows: fx, fy, gy, gx take (X, Y, batch); hyy and hxy take (X, Y, batch, V).

    Only methods without second derivatives ask for gx; where it is not given, autograd computes it.

    ``batch`` has the structure of :class:`NodeData`'s ``upper`` or ``lower`` with numpy leaves of shape
    (nodes, rows, …). Give it to ``Problem(oracles=…)``; :func:`p2pbo.testing.check_oracles` compares it with
    autograd.
    """

    fx: Gradient
    fy: Gradient
    gy: Gradient
    hyy: Callable[[Rows, Rows, StackedBatch, Rows], Rows]
    hxy: Callable[[Rows, Rows, StackedBatch, Rows], Rows]
    gx: Gradient | None = None

    def __call__(self, problem: Problem, nodes: range, dtype: np.dtype[Any]) -> Oracles:
        """Return the oracles of ``nodes`` from the functions."""
        return ClosedFormOracles(self, problem, nodes, dtype)


class ClosedFormOracles(Oracles):
    """The oracles of such functions on the stacked batch; where nodes hold unequal counts, one node after another.

    Losses have no closed form here: they are evaluated by the problem's torch functions.
    """

    def __init__(self, form: ClosedForm, problem: Problem, nodes: range, dtype: np.dtype[Any]) -> None:
        self._form = form
        self._autograd = problem.autograd(nodes, dtype)
        self.upper_samples, self.lower_samples = self._autograd.upper_samples, self._autograd.lower_samples
        self._upper = [_arrays(problem.nodes[i].upper, dtype) for i in nodes]
        self._lower = [_arrays(problem.nodes[i].lower, dtype) for i in nodes]

    @property
    def random(self) -> frozenset[str]:
        """The torch losses that draw at random."""
        return self._autograd.random

    def draw_by_keys(self, sides: frozenset[str]) -> None:
        """Let the torch losses of ``sides`` draw what a batch's keys say from now on, and the others nothing."""
        self._autograd.draw_by_keys(sides)

    @property
    def torch_losses(self) -> TorchLosses:
        """The torch losses, which nobody differentiates, but for gx where it is not given."""
        return replace(
            self._autograd.torch_losses, differentiated=False, lower_gradients=self._form.gx is None
        )

    def upper(self, X: Rows, Y: Rows, batch: Batch) -> tuple[Rows, Rows]:
        """Return (fx, fy) from the two functions."""
        return _both(self._form.fx, self._form.fy, X, Y, _drawn(self._upper, batch))

    def lower(self, X: Rows, Y: Rows, batch: Batch) -> Lower:
        """Return ∇_y g and its products from the three functions."""
        return _ClosedFormLower(self._form, X, Y, _drawn(self._lower, batch))

    def lower_gradients(self, X: Rows, Y: Rows, batch: Batch) -> tuple[Rows, Rows]:
        """Return (gx, gy) from the two functions, both by torch where there is no gx."""
        gx, gy = self._form.gx, self._form.gy
        if gx is None:
            return self._autograd.lower_gradients(X, Y, batch)
        return _both(gx, gy, X, Y, _drawn(self._lower, batch))

    def losses(self, X: Rows, Y: Rows) -> tuple[Rows, Rows]:
        """Return (f_i, g_i) by the torch losses."""
        return self._autograd.losses(X, Y)


class _ClosedFormLower:
    def __init__(self, form: ClosedForm, X: Rows, Y: Rows, drawn: list[tuple[slice, StackedBatch]]) -> None:
        self._form, self._X, self._Y, self._drawn = form, X, Y, drawn
        self.gy = _joined([form.gy(X[rows], Y[rows], held) for rows, held in drawn], X)

    def products(self, V: Rows) -> tuple[Rows, Rows]:
        return self.hyy(V), self.hxy(V)

    def hyy(self, V: Rows) -> Rows:
        return self._product(self._form.hyy, V)

    def hxy(self, V: Rows) -> Rows:
        return self._product(self._form.hxy, V)

    def _product(self, function: Callable[[Rows, Rows, StackedBatch, Rows], Rows], V: Rows) -> Rows:
        return _joined([function(self._X[r], self._Y[r], held, V[r]) for r, held in self._drawn], V)


def _both(
    by_x: Gradient, by_y: Gradient, X: Rows, Y: Rows, drawn: list[tuple[slice, StackedBatch]]
) -> tuple[Rows, Rows]:
    blocks = [(by_x(X[rows], Y[rows], held), by_y(X[rows], Y[rows], held)) for rows, held in drawn]
    return _joined([block[0] for block in blocks], X), _joined([block[1] for block in blocks], X)


def _joined(blocks: list[Rows], like: Rows) -> Rows:
    """Return blocks of nodes in one array, of the run's dtype whatever the user's function computed in."""
    return np.concatenate(blocks, dtype=like.dtype)


def _arrays(structure: Any, dtype: np.dtype[Any]) -> Any:
    def array(leaf: Any) -> Any:
        values = np.asarray(leaf)
        return values.astype(dtype) if values.dtype.kind == "f" else values

    return map_leaves(structure, array)


def _drawn(data: list[Any], batch: Batch) -> list[tuple[slice, StackedBatch]]:
    """Return blocks of nodes with equal counts: (rows, stacked batch), which the functions may write into."""
    drawn = sample_indices(batch)
    if drawn is not None:
        held = [
            map_leaves(own, lambda leaf, index=index: leaf[index])
            for own, index in zip(data, drawn, strict=True)
        ]
    else:
        held = data
    counts: set[int] = set()
    for own in held:
        map_leaves(own, lambda leaf: counts.add(len(leaf)))
    if len(counts) == 1:
        return [
            (slice(0, len(held)), map_leaves(held[0], lambda *map_leaves: np.stack(map_leaves), *held[1:]))
        ]
    return [(slice(i, i + 1), map_leaves(own, lambda leaf: leaf[None].copy())) for i, own in enumerate(held)]
