"""IDX, the file format of MNIST (LeCun, Cortes, Burges 1998), plain or .gz.

0 0 TYPE RANK | size_1 … size_RANK, 32 bits each, big-endian | values, the last index fastest
"""

from __future__ import annotations

import math
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from p2pbo.errors import InputError
from p2pbo.reading import FETCH_AGAIN, READ_ERRORS, failure_reason, open_unpacked, read_up_to

LabelledImages = tuple[NDArray[np.uint8], NDArray[np.uint8]]

_UNSIGNED_BYTE = 0x08


def read_labelled_images(*pairs: tuple[Path, Path]) -> list[LabelledImages]:
    """Return pixels (images × height × width) and labels of each pair of files, all images of one size.

    Raises:
        InputError: a file cannot be read, or two files do not belong together.
    """
    parts = [(read_idx(images, rank=3), read_idx(labels, rank=1)) for images, labels in pairs]
    first, size = pairs[0][0], parts[0][0].shape[1:]
    for (images, labels), (pixels, values) in zip(pairs, parts, strict=True):
        together = "give files that belong together"
        if len(pixels) != len(values):
            raise InputError(
                str(labels), f"has {len(values)} labels for the {len(pixels)} images of {images}", together
            )
        if pixels.shape[1:] != size:
            raise InputError(
                str(images),
                f"has images of {_product(pixels.shape[1:])}, {first} of {_product(size)}",
                together,
            )
    return parts


def read_idx(file: Path, rank: int) -> NDArray[np.uint8]:
    """Return the unsigned bytes of an IDX file as an array of ``rank`` dimensions, none of them 0.

    Raises:
        InputError: the file does not exist, or is not what its header or ``rank`` promises.
    """
    if not file.is_file():
        raise InputError(str(file), "is not a file", "give the path of an IDX file, plain or .gz")
    try:
        with open_unpacked(file) as stream:
            sizes = _sizes(file, stream.read(4 + 4 * rank), rank)
            values = read_up_to(math.prod(sizes) + 1, stream)
    except READ_ERRORS as damage:
        raise InputError(str(file), f"cannot be read ({failure_reason(damage)})", FETCH_AGAIN) from None
    promised, place = math.prod(sizes), f"{file}, byte {4 + 4 * rank + len(values)}:"
    if len(values) < promised:
        raise InputError(place, f"the file ends before its {_product(sizes)} values do", FETCH_AGAIN)
    if len(values) > promised:
        raise InputError(place, f"the file goes on behind its {_product(sizes)} values", FETCH_AGAIN)
    return np.frombuffer(values, np.uint8).reshape(sizes)


def _sizes(file: Path, header: bytes, rank: int) -> tuple[int, ...]:
    """Return the dimensions that a header promises."""
    magic = bytes([0, 0, _UNSIGNED_BYTE, rank])
    if header[:4] != magic:
        raise InputError(
            f"{file}, byte 0:",
            f"starts with {header[:4].hex(' ') or 'nothing'}, not with {magic.hex(' ')}",
            f"give an IDX file of unsigned bytes and rank {rank}",
        )
    if len(header) < 4 + 4 * rank:
        raise InputError(f"{file}, byte {len(header)}:", "the file ends within its header", FETCH_AGAIN)
    sizes = struct.unpack(f">{rank}I", header[4:])
    if 0 in sizes:
        raise InputError(f"{file}, byte 4:", f"the file promises {_product(sizes)} values", FETCH_AGAIN)
    return sizes


def _product(sizes: tuple[int, ...]) -> str:
    return " × ".join(map(str, sizes))
