"""Any images in IDX files: MNIST's format, in which its relatives (EMNIST, KMNIST) come too."""

from __future__ import annotations

from pathlib import Path

from p2pbo.data.classes import number_labels
from p2pbo.data.idx_format import read_labelled_images
from p2pbo.data.images import image_samples
from p2pbo.data.samples import Dataset
from p2pbo.data.sets import DATASETS
from p2pbo.data.splits import TestFraction, with_test_part
from p2pbo.errors import InputError


@DATASETS.register("idx", argument="path")
def idx(
    seed: int,
    /,
    *,
    path: Path,
    labels: Path | None = None,
    test: Path | None = None,
    test_labels: Path | None = None,
    test_fraction: TestFraction = 0.0,
) -> Dataset:
    """Grey images in an IDX file, also .gz; ``labels`` lie beside them unless given, ``test`` is a second file.

    Features are 1 × height × width float32 in [0, 1]. The labels that occur in either part become 0 … c−1 in
    ascending order. Labels beside …images-idx3… are in …labels-idx1….

    Args:
        path: the file of images.
        labels: their labels; by default the file beside them.
        test: the file of test images.
        test_labels: their labels; by default the file beside them.
        test_fraction: share of the rows that are held out as test data, where there are none of their own.

    Raises:
        InputError: a file does not exist or is malformed, or files do not belong together.
    """
    subject = f"data idx:{path}"
    if test is not None and test_fraction:
        raise InputError(subject, "has a test file and a test_fraction", "give either test or test_fraction")
    if test is None and test_labels is not None:
        raise InputError(subject, "has test_labels without images", "give test too")
    pairs = [(path, labels or _beside(path, "labels"))]
    if test is not None:
        pairs.append((test, test_labels or _beside(test, "test_labels")))
    parts = read_labelled_images(*pairs)
    values, classes = number_labels([f"{file}" for _, file in pairs], [own for _, own in parts])
    samples, *second = (image_samples(pixels, own) for (pixels, _), own in zip(parts, classes, strict=True))
    train, held = (samples, second[0]) if second else with_test_part(samples, test_fraction, seed)
    _, height, width = parts[0][0].shape
    return Dataset(path.name, train, held, len(values), shape=(1, height, width), labels=values)


def _beside(images: Path, setting: str) -> Path:
    """Return the labels' file by MNIST's naming."""
    for mark in "-.":
        if f"images{mark}idx3" in images.name:
            return images.with_name(images.name.replace(f"images{mark}idx3", f"labels{mark}idx1"))
    raise InputError(str(images), "does not say where its labels are", f"set data.{setting}")
