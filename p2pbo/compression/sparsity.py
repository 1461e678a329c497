"""The number of entries that a sparse codec keeps: K, or a fraction of the row."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

from pydantic import BeforeValidator

from p2pbo.errors import InputError


def _number(given: object) -> int | float:
    text = str(given)
    with suppress(ValueError):
        keep = int(text) if text.isdecimal() else float(text)
        if keep >= 1 if isinstance(keep, int) else 0 < keep <= 1:
            return keep
    raise ValueError("give a number of entries, such as 200, or a fraction of them up to 1.0, such as 0.1")


EntriesToKeep = Annotated[int | float, BeforeValidator(_number)]
"""A whole number of entries (``200``), or a fraction of them in (0, 1] (``0.1``, ``1.0``)."""


def entries_kept(codec: str, keep: int | float, dim: int) -> int:
    """Return K of ``dim`` entries, 1 at least.

    Raises:
        InputError: there are fewer.
    """
    if isinstance(keep, float):
        return max(1, round(keep * dim))
    if keep > dim:
        raise InputError(f"{codec}:{keep}", f"keeps more than the {dim} entries", f"use K ≤ {dim}")
    return keep
