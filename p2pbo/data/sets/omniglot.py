"""Omniglot (Lake, Salakhutdinov, Tenenbaum 2015): characters of many alphabets, each drawn by 20 people.

A drawing P of 105 × 105 pixels, 1 where there is ink, is shrunk by area: A P Aᵀ, where A_ij is the share of
cell i that lies in pixel j.
"""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO, FileIO
from pathlib import Path, PurePath, PurePosixPath
from typing import IO, Annotated
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from p2pbo.data.samples import Dataset, Samples
from p2pbo.data.sets import DATASETS
from p2pbo.data.splits import TestFraction, with_test_part
from p2pbo.errors import InputError
from p2pbo.extras import require
from p2pbo.reading import failure_reason

SITE = "https://github.com/brendenlake/omniglot"
SIDE = 105
DRAWINGS = 20
_LAYOUT = "*/character*/*.png"
_LARGEST = 2**16  # bytes of a PNG, unpacked; the drawings have some 300
_LARGEST_ZIP = 2**27  # bytes; all drawings have 16 million, and a list of members takes ten times its size
_MOST = 100_000  # drawings; there are 32,460
_DAMAGE = (BadZipFile, OSError, EOFError, ValueError, RuntimeError, zlib.error)
_AGAIN = f"fetch it again from {SITE}"


@DATASETS.register("omniglot", argument="path")
def omniglot(
    seed: int,
    /,
    *,
    path: str,
    size: Annotated[int, Field(ge=1, le=SIDE)] = 28,
    test_fraction: TestFraction = 0.0,
) -> Dataset:
    """Handwritten characters, 20 drawings of each; ``path`` is a folder, a zip file, or several with commas.

    Features are 1 × ``size`` × ``size`` float32, from 0 (paper) to 1 (ink). The classes are the characters,
    sorted by alphabet and number, and their groups the alphabets. A drawing that lies in several places counts once.

    Args:
        path: a folder, a zip file, or several with commas.
        size: pixels of a side.
        test_fraction: share of the rows that are held out as test data, where there are none of their own.

    Raises:
        InputError: a place does not exist (says where to get it), a drawing is malformed or missing, or
            Pillow is not installed.
    """
    require("PIL", extra="run")
    shrink = _area_averages(size)
    rows: dict[tuple[str, ...], NDArray[np.float32]] = {}
    for source in path.split(","):
        for place, png in _drawings(Path(source)):
            rows[place.parts[-3:]] = (shrink @ _ink(place, png) @ shrink.T).astype(np.float32)
            if len(rows) > _MOST:
                raise InputError(f"data omniglot:{path}", f"has more than {_MOST} drawings", _AGAIN)
    characters = Counter(place[:2] for place in rows)
    for character, count in sorted(characters.items()):
        if count != DRAWINGS:
            raise InputError(
                f"data omniglot:{path}",
                f"has {count} drawings of {'/'.join(character)}, not {DRAWINGS}",
                _AGAIN,
            )
    features = np.stack([rows[place].ravel() for place in sorted(rows)])
    labels = np.repeat(np.arange(len(characters)), DRAWINGS)
    train, test = with_test_part(Samples(features, labels), test_fraction, seed)
    _, alphabets = np.unique([alphabet for alphabet, _ in sorted(characters)], return_inverse=True)
    return Dataset("omniglot", train, test, len(characters), shape=(1, size, size), groups=alphabets)


def _drawings(source: Path) -> Iterator[tuple[PurePath, bytes]]:
    """Yield where the drawings in a folder or a zip file lie, and their first ``_LARGEST`` + 1 bytes."""
    if not source.exists():
        raise InputError(
            str(source), "does not exist", f"get images_background.zip from {SITE} and give its path"
        )
    place: PurePath = source
    try:
        for place, opened in _in_folder(source) if source.is_dir() else _in_zip(source):
            with opened() as stream:
                yield place, stream.read(_LARGEST + 1)
    except _DAMAGE as damage:
        raise InputError(str(place), f"cannot be read ({failure_reason(damage)})", _AGAIN) from None
    if place is source:
        raise InputError(str(source), "has no drawings ALPHABET/characterNN/….png", _AGAIN)


def _in_folder(folder: Path) -> Iterator[tuple[PurePath, Callable[[], IO[bytes]]]]:
    for file in folder.rglob(_LAYOUT):
        yield file, partial(FileIO, file)


def _in_zip(file: Path) -> Iterator[tuple[PurePath, Callable[[], IO[bytes]]]]:
    if file.stat().st_size > _LARGEST_ZIP:
        raise BadZipFile(f"it has more than {_LARGEST_ZIP} bytes")
    with ZipFile(file) as archive:
        for member in archive.infolist():
            if PurePosixPath(member.filename).match(_LAYOUT):
                yield file / member.filename, partial(_unpacked, archive, member)


def _unpacked(archive: ZipFile, member: ZipInfo) -> IO[bytes]:
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):  # zipfile unpacks the others without a limit
        raise BadZipFile("it is compressed in an unusual way")
    return archive.open(member)


def _ink(place: PurePath, png: bytes) -> NDArray[np.float64]:
    """Return a drawing, 105 × 105, from 0 (paper) to 1 (ink)."""
    from PIL.PngImagePlugin import PngImageFile

    try:
        if len(png) > _LARGEST:
            raise ValueError(f"more than {_LARGEST} bytes")
        with PngImageFile(BytesIO(png)) as image:
            if image.size != (SIDE, SIDE):
                raise ValueError(f"{image.width} × {image.height} pixels")
            return 1 - np.asarray(image.convert("L")) / 255
    except (OSError, EOFError, SyntaxError, ValueError, LookupError, struct.error, zlib.error) as damage:
        raise InputError(
            str(place), f"is not a drawing of {SIDE} × {SIDE} pixels ({damage})", _AGAIN
        ) from None


def _area_averages(size: int) -> NDArray[np.float64]:
    """Return A, size × 105: row i averages the pixels over cell i, weighted by how much of each lies in it."""
    cells, pixels = np.linspace(0, SIDE, size + 1), np.arange(SIDE + 1)
    overlap = np.minimum.outer(cells[1:], pixels[1:]) - np.maximum.outer(cells[:-1], pixels[:-1])
    return np.maximum(overlap, 0) * size / SIDE
