"""Any file in LIBSVM's text format: most of the public benchmark sets of this literature come in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from p2pbo.data.classes import number_labels
from p2pbo.data.libsvm_format import MOST_COLUMNS, read_libsvm
from p2pbo.data.samples import Dataset, Samples
from p2pbo.data.sets import DATASETS
from p2pbo.data.splits import TestFraction, with_test_part
from p2pbo.errors import InputError


@DATASETS.register("libsvm", argument="path")
def libsvm(
    seed: int,
    /,
    *,
    path: Path,
    test: Path | None = None,
    features: Annotated[int, Field(ge=1, le=MOST_COLUMNS)] | None = None,
    test_fraction: TestFraction = 0.0,
) -> Dataset:
    """A file in LIBSVM format, plain, gzip, bzip2 or xz; ``test`` is a second file, ``features`` the column count.

    The whole numbers that occur as labels in either file become 0 … c−1 in ascending order. Give ``features``
    where the files do not use the last columns (a9a.t lacks its 123rd).

    Args:
        path: the file.
        test: the file of test rows.
        features: the number of columns, where the files do not use the last ones.
        test_fraction: share of the rows that are held out as test data, where there are none of their own.

    Raises:
        InputError: a file does not exist, is empty, or is malformed (the line is named); labels are no whole numbers,
            or the files have different ones.
    """
    if test is not None and test_fraction:
        raise InputError(
            f"data libsvm:{path}", "has a test file and a test_fraction", "give either test or test_fraction"
        )
    files = [path] if test is None else [path, test]
    parts = read_libsvm(files, features)
    labels, classes = number_labels([f"{file}" for file in files], [own for _, own in parts])
    samples, *second = (Samples(matrix, own) for (matrix, _), own in zip(parts, classes, strict=True))
    train, held = (samples, second[0]) if second else with_test_part(samples, test_fraction, seed)
    return Dataset(path.name, train, held, len(labels), labels=labels)
