"""Two-dimensional lattices: the shape that K nodes take, and their edges.

Node r·C + c is in row r and column c.
"""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from pydantic import BeforeValidator, PositiveInt

from p2pbo.errors import InputError
from p2pbo.topology.edges import Integers


def _sides(text: object) -> object:
    sides = text.split("x") if isinstance(text, str) else text
    if not isinstance(sides, list | tuple) or len(sides) != 2:
        raise ValueError("Write ROWSxCOLUMNS, such as 3x5")
    return sides


LatticeShape = Annotated[tuple[PositiveInt, PositiveInt], BeforeValidator(_sides)]
"""Rows and columns; a user may write them as ``3x5``."""


def near_square(nodes: int) -> tuple[int, int]:
    """Return the factors R ≤ C of K that are closest to each other."""
    rows = next(r for r in range(math.isqrt(nodes), 0, -1) if nodes % r == 0)
    return rows, nodes // rows


def lattice_shape(family: str, nodes: int, shape: tuple[int, int] | None) -> tuple[int, int]:
    """Return the given shape of a lattice, or else the near-square one.

    Raises:
        InputError: the shape does not hold K nodes, or K is a prime, whose only shape is a single row.
    """
    if shape is not None:
        rows, columns = shape
        if rows * columns != nodes:
            cause = f"has {rows * columns} places for {nodes} nodes"
            raise InputError(f"{family}:{rows}x{columns}", cause, f"use --nodes {rows * columns}")
        return shape
    rows, columns = near_square(nodes)
    if rows == 1 and nodes > 1:
        below, above = (
            next(k for k in range(nodes + step, 4 * nodes * step, step) if k == 1 or near_square(k)[0] > 1)
            for step in (-1, 1)
        )
        sizes = " or ".join(f"{k} ({'x'.join(map(str, near_square(k)))})" for k in (below, above))
        raise InputError(
            f"topology {family}",
            f"cannot lay out {nodes} nodes but in a single row, {nodes} being a prime",
            f"use --nodes {sizes}, or {family}:1x{nodes}",
        )
    return rows, columns


def lattice_layout(rows: int, columns: int, single_row: str) -> dict[str, object]:
    """Return the graph attributes that say how to draw a lattice; a single row or column is drawn bent."""
    if min(rows, columns) == 1:
        return {"layout": single_row}
    return {"layout": "lattice", "shape": (rows, columns)}


def lattice_edges(rows: int, columns: int, *, periodic: bool) -> tuple[Integers, Integers]:
    """Return the edges of a lattice to the right and downwards, across its borders if periodic.

    A periodic side of 2 gives an edge twice, and one of 1 joins nodes to themselves: ``graph_from_edges`` drops both.
    """
    node = np.arange(rows * columns).reshape(rows, columns)
    if periodic:
        steps = [(node, np.roll(node, -1, axis=1)), (node, np.roll(node, -1, axis=0))]
    else:
        steps = [(node[:, :-1], node[:, 1:]), (node[:-1], node[1:])]
    source = np.concatenate([a.ravel() for a, _ in steps])
    target = np.concatenate([b.ravel() for _, b in steps])
    return source, target
