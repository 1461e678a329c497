"""The check that torch's derivatives of a lower loss are those of its values, by differences at one point.

A graph may be cut on the way: by numpy, by ``detach``, by a ``Function`` whose backward is not differentiable. Then
products with the Hessian lack a part, or all of it, and torch says nothing.

⟨∇_y g, v⟩ = (g(y + hv) − g(y − hv))/2h           hyy(v) = (∇_y g(y + hv) − ∇_y g(y − hv))/2h
⟨∇ₓg, u⟩   = (g(x + hu) − g(x − hu))/2h     ⟨hxy(v), u⟩ = ⟨∇_y g(x + hu) − ∇_y g(x − hu), v⟩/2h

A kink between two points spoils a difference, but not for h and h/4 alike: only where these agree with each other and
not with torch is something missing.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from p2pbo.arrays import Vector
from p2pbo.errors import InputError, Notice
from p2pbo.problems.autograd.differentiation import NO_SECOND_DERIVATIVES_REMEDY
from p2pbo.problems.oracles import Lower
from p2pbo.randomness import generator

TOLERANCE = 1e-3
"""The share of a derivative that may be missing; a difference has an error of 1e-6."""


class LowerAt:
    """The lower loss near one point (x, y).

    Args:
        value: (x, y) ↦ g.
        gradient: (x, y) ↦ (∇ₓg, ∇_y g).
        lower: (x, y) ↦ its oracles.
    """

    def __init__(
        self,
        value: Callable[[Vector, Vector], float],
        gradient: Callable[[Vector, Vector], tuple[Vector, Vector]],
        lower: Callable[[Vector, Vector], Lower],
        x: Vector,
        y: Vector,
    ) -> None:
        self._value, self._gradient, self._lower, self._point = value, gradient, lower, (x, y)
        draw = generator(0, "second derivatives")
        self._u, self._v = (draw.standard_normal(len(row)).astype(row.dtype) for row in (x, y))
        self._precision = float(np.finfo(y.dtype).eps)

    def check(self) -> None:
        """Compare products with differences; a notice says where g hides some of x or y from torch, maybe on purpose.

        Raises:
            InputError: torch misses a part of them.
        """
        if not self.check_nothing_hidden():
            return
        at = self._lower(*self._point)
        size, (hyy, hxy) = float(np.linalg.norm(at.gy)), at.products(self._v)
        misses = {
            "y": self._misses(hyy, lambda h: self._lower(*self._moved(0, h)).gy, size),
            "x": self._misses(
                hxy @ self._u,
                lambda h: self._lower(*self._moved(h, 0)).gy @ self._v,
                size * len(hyy) ** 0.5,
            ),
        }
        for variable, missing in misses.items():
            if missing:
                cause = f"cannot be differentiated twice: torch loses how its gradient by y changes with {variable}"
                raise InputError("the lower loss", cause, NO_SECOND_DERIVATIVES_REMEDY)

    def check_nothing_hidden(self) -> bool:
        """Tell whether torch sees all that g depends on; a notice says what it does not see."""
        hidden = self._hidden()
        if hidden:
            cause = f"the lower loss depends on {' and '.join(hidden)} in a way that torch does not see"
            remedy = "let torch compute all of it, unless the detach, no_grad or numpy in it is meant"
            warnings.warn(f"{cause}; {remedy}", Notice, stacklevel=3)
        return not hidden

    def _hidden(self) -> list[str]:
        """Return the variables along which g changes otherwise than its gradient says."""
        gx, gy = self._gradient(*self._point)
        size = abs(self._value(*self._point))
        misses = {
            "x": self._misses(gx @ self._u, lambda h: self._value(*self._moved(h, 0)), size),
            "y": self._misses(gy @ self._v, lambda h: self._value(*self._moved(0, h)), size),
        }
        return [variable for variable, missing in misses.items() if missing]

    def _moved(self, along_x: float, along_y: float) -> tuple[Vector, Vector]:
        x, y = self._point
        return x + x.dtype.type(along_x) * self._u, y + y.dtype.type(along_y) * self._v

    def _misses(self, found: Any, function: Callable[[float], Any], size: float) -> bool:
        """Tell whether differences of ``function``, of values of this ``size``, agree, but not with ``found``."""
        seen = []
        for h in (self._precision**0.4, self._precision**0.4 / 4):
            difference = (function(h) - function(-h)) / (2 * h)
            allowed = TOLERANCE * np.linalg.norm(difference) + 100 * self._precision * size / h
            if not np.linalg.norm(difference - found) > allowed:
                return False
            seen.append(difference)
        return bool(np.linalg.norm(seen[0] - seen[1]) <= allowed / 2)
