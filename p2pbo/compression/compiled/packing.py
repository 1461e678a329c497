"""The planes of :mod:`p2pbo.compression.packing`, written and read block by block; of numbers of 16 bits at most.

Numbers of a plane are squeezed and spread eight, four or two at once, in a longer word: that of bits multiplies so
that each bit arrives at its own place in the highest byte. Shifts by constants, of which each plane has its own, are
what compilers make into vector instructions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from p2pbo.compression.compiled.jit import part

_GATHER, _56 = np.uint64(0x0102040810204080), np.uint64(56)
_COPIES, _OWN_BITS = np.uint64(0x0101010101010101), np.uint64(0x8040201008040201)
_ALL_BUT_HIGHEST, _7 = np.uint64(0x7F7F7F7F7F7F7F7F), np.uint64(7)


@part
def squeeze(plane: Any, bits: int, packed: Any, begin: int, count: int) -> None:
    """Write numbers ``begin`` … ``begin + count − 1`` of a packed plane of 4, 2 or 1 ``bits``.

    Args:
        plane: a block of bytes, each below 2^bits, and 0 behind ``count``.
        packed: the whole plane; ``begin`` is a multiple of the block.
    """
    block = packed[begin * bits // 8 : ((begin + count) * bits + 7) // 8]
    if bits == 4:
        pairs = plane.view(np.uint16)
        for j in range(len(block)):
            block[j] = pairs[j] | (pairs[j] >> 4)
    elif bits == 2:
        fours = plane.view(np.uint32)
        for j in range(len(block)):
            block[j] = fours[j] | (fours[j] >> 6) | (fours[j] >> 12) | (fours[j] >> 18)
    else:
        eights = plane.view(np.uint64)
        for j in range(len(block)):
            block[j] = (eights[j] * _GATHER) >> _56


@part
def spread(packed: Any, begin: int, count: int, bits: int, plane: Any) -> None:
    """Read what ``squeeze`` has written; what is behind ``count`` in ``plane`` is not defined."""
    block = packed[begin * bits // 8 : ((begin + count) * bits + 7) // 8]
    if bits == 4:
        pairs = plane.view(np.uint16)
        for j in range(len(block)):
            pairs[j] = (np.uint16(block[j]) | (np.uint16(block[j]) << 4)) & 0x0F0F
    elif bits == 2:
        fours = plane.view(np.uint32)
        for j in range(len(block)):
            four = np.uint32(block[j])
            fours[j] = (four | (four << 6) | (four << 12) | (four << 18)) & 0x03030303
    else:
        eights = plane.view(np.uint64)
        for j in range(len(block)):
            own = (np.uint64(block[j]) * _COPIES) & _OWN_BITS  # of 8 copies, bit k of the k-th
            eights[j] = ((own + _ALL_BUT_HIGHEST) >> _7) & _COPIES


@part
def pack_block(codes: Any, begin: int, count: int, dim: int, width: int, message: Any, plane: Any) -> None:
    """Write entries ``begin`` … ``begin + count − 1`` of a row's ``dim`` numbers, of ``width`` bits each.

    Args:
        codes: a block of numbers, which are used up; uint8 where they are of 8 bits at most, otherwise uint16.
        begin: a multiple of the block.
        message: the whole packed row.
        plane: scratch, a block of bytes.
    """
    codes[count:] = 0
    at, left = 0, width
    if width in (1, 2, 4):  # the only plane
        squeeze(codes, width, message, begin, count)
        left = 0
    while left > 0:
        bits = 8 if left >= 8 else 4 if left >= 4 else 2 if left >= 2 else 1
        packed = message[at : at + (bits * dim + 7) // 8]
        if bits == 8:
            octets = packed[begin : begin + count]
            for j in range(count):
                octets[j] = codes[j] & 0xFF
            if left > 8:
                for j in range(len(codes)):
                    codes[j] >>= 8
        elif bits == 4:
            for j in range(len(codes)):
                plane[j] = codes[j] & 0xF
                codes[j] >>= 4
        elif bits == 2:
            for j in range(len(codes)):
                plane[j] = codes[j] & 0x3
                codes[j] >>= 2
        else:
            for j in range(len(codes)):
                plane[j] = codes[j] & 0x1
        if bits < 8:
            squeeze(plane, bits, packed, begin, count)
        at += len(packed)
        left -= bits


@part
def unpack_block(message: Any, begin: int, count: int, dim: int, width: int, codes: Any, plane: Any) -> None:
    """Read what ``pack_block`` has written into ``codes[:count]``; the parameters are its own."""
    at, left = len(message), width
    if width in (1, 2, 4):
        spread(message, begin, count, width, codes)
        left = 0
    else:
        codes[:] = 0
    while left > 0:  # from the highest plane down
        bits = 8 if left % 8 == 0 else 1 if left % 2 else 2 if left % 4 else 4
        packed = message[at - (bits * dim + 7) // 8 : at]
        if bits == 8:
            octets = packed[begin : begin + count]
            for j in range(count):
                codes[j] = (codes[j] << 8) | octets[j]
        else:
            spread(packed, begin, count, bits, plane)
            if bits == 4:
                for j in range(len(codes)):
                    codes[j] = (codes[j] << 4) | plane[j]
            elif bits == 2:
                for j in range(len(codes)):
                    codes[j] = (codes[j] << 2) | plane[j]
            else:
                for j in range(len(codes)):
                    codes[j] = plane[j]  # the highest plane of all
        at -= len(packed)
        left -= bits
