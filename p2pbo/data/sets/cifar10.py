"""CIFAR-10 (Krizhevsky 2009), binary version: records of a label and 32 × 32 red, green and blue bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from p2pbo.data.downloads import Download
from p2pbo.data.images import check_labels, image_samples
from p2pbo.data.samples import Dataset, Samples
from p2pbo.data.sets import DATASETS
from p2pbo.errors import InputError
from p2pbo.reading import failure_reason

CLASSES = 10
SHAPE = (3, 32, 32)
RECORD = 1 + 3 * 32 * 32
BATCH = 10_000  # images a file
CIFAR10 = Download(
    "cifar10",
    files="the six .bin files of the binary version",
    site="https://www.cs.toronto.edu/~kriz/cifar.html",
)


@DATASETS.register("cifar10", argument="path")
def cifar10(seed: int, /, *, path: Path | None = None) -> Dataset:
    """Colour photographs: 50,000 training and 10,000 test images, 3×32×32 in [0, 1], 10 classes.

    Args:
        path: the folder of data_batch_1.bin … data_batch_5.bin and test_batch.bin, or the one above
            cifar-10-batches-bin; else $P2PBO_DATA/cifar10 or data/cifar10.

    Raises:
        InputError: a file is not there (says where to get it) or is malformed.
    """
    folder = CIFAR10.folder(path)
    unpacked = folder / "cifar-10-batches-bin"
    names = [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]
    *train, test = (CIFAR10.file(unpacked if unpacked.is_dir() else folder, name) for name in names)
    return Dataset(CIFAR10.name, _samples(train), _samples([test]), CLASSES, SHAPE)


def _samples(files: list[Path]) -> Samples:
    records = np.concatenate([_records(file) for file in files])
    return image_samples(records[:, 1:], records[:, 0])


def _records(file: Path) -> NDArray[np.uint8]:
    """Return the records of one file: images × (label and pixels)."""
    if (size := file.stat().st_size) != BATCH * RECORD:
        raise InputError(
            str(file),
            f"has {size} bytes, not the {BATCH * RECORD} of {BATCH} images",
            f"fetch it again from {CIFAR10.site}, in the binary version",
        )
    try:
        records = np.fromfile(file, np.uint8).reshape(-1, RECORD)
    except OSError as damage:
        raise InputError(str(file), f"cannot be read ({failure_reason(damage)})", "check the file") from None
    check_labels(file, records[:, 0], CLASSES)
    return records
