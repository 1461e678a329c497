"""Bounds on x: the box of all x with lo ≤ x ≤ hi, entry by entry.

Π(v) = min(max(v, lo), hi)          the projection of a row onto the box
x − Π(x − ∇Φ(x))                    the projected gradient: 0 at the solutions, where ∇Φ itself need not be
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import Rows, Vector
from p2pbo.errors import InputError
from p2pbo.problems.flat_variable import FlatVariable

SIDES = ("lower", "upper")


@dataclass(frozen=True)
class Bounds:
    """The two ends of each entry of x, lower < upper; −∞ and ∞ leave an entry free.

    Attributes:
        lower, upper: length dx each.
    """

    lower: Vector
    upper: Vector

    @classmethod
    def of(cls, x: FlatVariable, given: Any) -> Bounds:
        """Return the bounds (lo, hi) of ``x``, each a number, an array, or a dict of either by the names of tensors.

        Raises:
            InputError: they are no such pair, hold NaN, have lo ≥ hi somewhere, or x starts outside of them.
        """
        if not isinstance(given, (tuple, list)) or len(given) != len(SIDES):
            raise InputError("bounds", f"are a {type(given).__name__}, no pair", "give (lo, hi)")
        lower, upper = (_flat(f"the {side} bound", x, end) for side, end in zip(SIDES, given, strict=True))
        for k in np.flatnonzero(lower >= upper)[:1]:
            cause = f"is {lower[k]:g} for {x.entry(k)}, and the upper one is {upper[k]:g}"
            raise InputError("the lower bound", cause, "give lo < hi")
        starts = x.start[None] if x.starts is None else x.starts
        for node, k in np.argwhere((starts < lower) | (starts > upper))[:1]:
            cause = f"starts at {starts[node, k]:g}, outside of its bounds {lower[k]:g} to {upper[k]:g}"
            raise InputError(x.entry(k), cause, "start inside by x0, or widen the bounds")
        return cls(lower, upper)

    def rounded(self, dtype: np.dtype[Any]) -> Bounds:
        """Return the bounds that rows of ``dtype`` are kept in; rounding keeps order, so no start falls outside."""
        return Bounds(*(end.astype(dtype).astype(np.float64) for end in (self.lower, self.upper)))

    def project(self, V: Rows) -> Rows:
        """Return the rows' nearest points in the box, Π(v) = min(max(v, lo), hi)."""
        clipped: Rows = np.clip(V, self.lower.astype(V.dtype), self.upper.astype(V.dtype))
        return clipped

    def projected_gradient(self, x: Vector, gradient: Vector) -> Vector:
        """Return x − Π(x − ∇Φ(x)), of one point and the gradient there."""
        return x - self.project(x - gradient)


def _flat(name: str, x: FlatVariable, end: Any) -> Vector:
    """Return one end of the bounds as a flat row."""
    if not isinstance(end, Mapping):
        return _numbers(name, end, (x.size,))
    if x.shapes is None or end.keys() != x.shapes.keys():
        known = "x is flat" if x.shapes is None else f"x has {', '.join(x.shapes)}"
        raise InputError(
            name, f"names {', '.join(end) or 'nothing'}, and {known}", "give one for each tensor of x"
        )
    parts = [_numbers(f"{name} of {key}", end[key], shape).ravel() for key, shape in x.shapes.items()]
    return np.concatenate(parts)


def _numbers(name: str, value: Any, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return a number or an array of the given shape as an array of that shape."""
    try:
        numbers = np.array(value.detach().cpu() if hasattr(value, "detach") else value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(
            name, f"is a {type(value).__name__}, not numbers", "give a number or an array"
        ) from None
    if numbers.shape not in ((), shape):
        remedy = f"give one number, or the shape {shape}"
        raise InputError(name, f"has the shape {numbers.shape}, and x has {shape}", remedy)
    if np.isnan(numbers).any():
        raise InputError(name, "holds NaN", "give -inf or inf where there is no bound")
    return np.broadcast_to(numbers, shape)
