"""Unsigned numbers of ``width`` bits, packed in planes.

``width`` is a sum of 8s and at most one 4, 2 and 1: so many bits of all numbers, from the lowest on, make a plane,
and numbers share a byte where a plane has fewer than 8. 12 bits are a plane of bytes and one of half bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import Wire

Codes = NDArray[np.unsignedinteger[Any]]


def packed_bytes(width: int, count: int) -> int:
    """Return the bytes of ``count`` packed numbers: ⌈width · count / 8⌉, or up to two more for three planes."""
    return sum(-(-bits * count // 8) for _, bits in _planes(width))


def pack(codes: Codes, width: int, wire: Wire) -> None:
    """Overwrite ``wire`` (n × packed_bytes) with ``codes`` (n × count, each below 2^width)."""
    begin = 0
    for shift, bits in _planes(width):
        plane = _squeezed((codes >> shift if shift else codes).astype(np.uint8), bits)
        wire[:, begin : begin + plane.shape[1]] = plane
        begin += plane.shape[1]


def unpack(wire: Wire, width: int, count: int) -> Codes:
    """Return the numbers that ``pack`` has written (n × count), in the smallest type that holds them."""
    codes = np.zeros((len(wire), count), dtype=np.min_scalar_type((1 << width) - 1))
    begin = 0
    for shift, bits in _planes(width):
        end = begin + packed_bytes(bits, count)
        plane = _spread(wire[:, begin:end], bits)[:, :count].astype(codes.dtype, copy=False)
        codes |= plane << shift if shift else plane  # shifting is slow for bytes
        begin = end
    return codes


def _planes(width: int) -> Iterator[tuple[int, int]]:
    """Yield (lowest bit, number of bits) of each plane."""
    shift = 0
    for bits in [8] * (width // 8) + [bits for bits in (4, 2, 1) if width & bits]:
        yield shift, bits
        shift += bits


def _squeezed(plane: Wire, bits: int) -> Wire:
    """Return the lowest ``bits`` of every byte, 8 / bits of them to a byte; overwrites ``plane``."""
    if bits == 8:
        return plane
    if bits == 1:  # always the highest plane, so that nothing lies above it
        return np.packbits(plane, axis=1, bitorder="little")
    plane &= np.uint8((1 << bits) - 1)
    pairs = _padded(plane).view("<u2")
    pairs |= pairs >> 8 - bits
    return _squeezed(pairs.astype(np.uint8), 2 * bits)


def _spread(wire: Wire, bits: int) -> Wire:
    """Return the inverse of ``_squeezed``, filled up with zeros to whole bytes of ``wire``."""
    if bits == 8:
        return wire
    if bits == 1:
        return np.unpackbits(wire, axis=1, bitorder="little")
    pairs = _spread(wire, 2 * bits).astype("<u2")
    pairs |= pairs << 8 - bits
    pairs &= ((1 << bits) - 1) * 0x0101
    return pairs.view(np.uint8)


def _padded(plane: Wire) -> Wire:
    """Return the plane with an even number of columns."""
    return np.pad(plane, ((0, 0), (0, 1))) if plane.shape[1] % 2 else plane
