"""Oracles of submodels of any problem: the entries that a node leaves out are zero, and so are their derivatives.

F(x, y) = f(m_x∘x, m_y∘y),  G(x, y) = g(m_x∘x, m_y∘y)           (m: 1 for the node's entries, else 0)
∇ₓF = m_x∘∇ₓf,  ∇_y F = m_y∘∇_y f,  those of G alike
∇²_yy G v = m_y∘∇²_yy g (m_y∘v),  ∇ₓ⟨∇_y G, v⟩ = m_x∘∇ₓ⟨∇_y g, m_y∘v⟩
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from p2pbo.arrays import Rows
from p2pbo.problems.node_data import Batch
from p2pbo.problems.oracles import Lower, Oracles
from p2pbo.problems.parameter_slice import ParameterSlice, Submodel


def submodel_oracles(full: Oracles, submodels: Sequence[Submodel]) -> Oracles:
    """Return the oracles of one submodel per hosted node, by smaller tensors where the full ones can, else by zeros.

    They take full rows, of which they look at the submodels' entries only, and give full rows that are zero elsewhere;
    their cost goes to the ``cost`` of the full ones.
    """
    return full.narrower(submodels) or MaskedOracles(full, submodels)


def masked(rows: Rows, slices: Iterable[ParameterSlice]) -> Rows:
    """Return m∘rows, each row by its own slice."""
    kept = np.zeros_like(rows)
    for own, row, part in zip(kept, rows, slices, strict=True):
        own[part.entries] = row[part.entries]
    return kept


class MaskedOracles(Oracles):
    """The hosted nodes' oracles of their submodels, by the full oracles on rows with zeros."""

    def __init__(self, full: Oracles, submodels: Sequence[Submodel]) -> None:
        self._full, self._x, self._y = full, [x for x, _ in submodels], [y for _, y in submodels]
        self.upper_samples, self.lower_samples = full.upper_samples, full.lower_samples
        self.cost, self.coordinates = full.cost, [part.entries for part in self._x]

    def upper(self, X: Rows, Y: Rows, batch: Batch) -> tuple[Rows, Rows]:
        """Return (m_x∘fx, m_y∘fy)."""
        fx, fy = self._full.upper(*self._at(X, Y), batch)
        return self._at(fx, fy)

    def lower(self, X: Rows, Y: Rows, batch: Batch) -> Lower:
        """Return m_y∘∇_y g and its products."""
        return MaskedLower(self._full.lower(*self._at(X, Y), batch), self._x, self._y)

    def lower_gradients(self, X: Rows, Y: Rows, batch: Batch) -> tuple[Rows, Rows]:
        """Return (m_x∘gx, m_y∘gy)."""
        gx, gy = self._full.lower_gradients(*self._at(X, Y), batch)
        return self._at(gx, gy)

    def losses(self, X: Rows, Y: Rows) -> tuple[Rows, Rows]:
        """Return (F_i, G_i)."""
        return self._full.losses(*self._at(X, Y))

    def metrics(self, X: Rows, Y: Rows) -> dict[str, Rows]:
        """Return the problem's figures for the submodels."""
        return self._full.metrics(*self._at(X, Y))

    def _at(self, X: Rows, Y: Rows) -> tuple[Rows, Rows]:
        return masked(X, self._x), masked(Y, self._y)


class MaskedLower:
    """∇_y G at one point, and its products."""

    def __init__(self, full: Lower, x: Sequence[ParameterSlice], y: Sequence[ParameterSlice]) -> None:
        self._full, self._x, self._y = full, x, y
        self.gy: Rows = masked(full.gy, y)

    def products(self, V: Rows) -> tuple[Rows, Rows]:
        """Return (hyy(v), hxy(v))."""
        hyy, hxy = self._full.products(masked(V, self._y))
        return masked(hyy, self._y), masked(hxy, self._x)

    def hyy(self, V: Rows) -> Rows:
        """Return ∇²_yy G v."""
        return masked(self._full.hyy(masked(V, self._y)), self._y)

    def hxy(self, V: Rows) -> Rows:
        """Return ∇ₓ⟨∇_y G, v⟩."""
        return masked(self._full.hxy(masked(V, self._y)), self._x)
