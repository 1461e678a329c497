"""Sparse codecs: how many entries they keep, K or a fraction of the row, and entries gathered and scattered."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import numpy as np
from pydantic import BeforeValidator

from p2pbo.arrays import IndexArray, Rows
from p2pbo.compression.codec import require_finite
from p2pbo.compression.implementations import compiled_where_possible
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


@compiled_where_possible
def gather(rows: Rows, at: IndexArray, values: Rows, below: float = np.inf) -> None:
    """Overwrite ``values`` (n × K) with the entries at these positions of each row.

    Raises:
        NotFinite: one is not smaller in magnitude than ``below``.
    """
    for row, places, sent in zip(rows, at, values, strict=True):
        np.take(row, places, out=sent, mode="clip")
    require_finite(values, below=below)


@compiled_where_possible
def scatter(values: Rows, at: IndexArray, rows: Rows, scale: float = 1.0) -> None:
    """Write ``values`` (n × K) times ``scale`` to these positions of each row."""
    for row, places, scaled in zip(rows, at, values * scale, strict=True):
        row[places] = scaled
