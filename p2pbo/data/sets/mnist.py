"""MNIST (LeCun, Cortes, Burges 1998) from its four IDX files."""

from __future__ import annotations

from pathlib import Path

from p2pbo.data.downloads import Download
from p2pbo.data.idx_format import read_labelled_images
from p2pbo.data.images import check_labels, image_samples
from p2pbo.data.samples import Dataset
from p2pbo.data.sets import DATASETS

CLASSES = 10
MNIST = Download(
    "mnist",
    files="the four IDX files",
    site="http://yann.lecun.com/exdb/mnist or its mirror https://ossci-datasets.s3.amazonaws.com/mnist",
)


@DATASETS.register("mnist", argument="path")
def mnist(seed: int, /, *, path: Path | None = None) -> Dataset:
    """Handwritten digits: 60,000 training and 10,000 test images, 1×28×28 in [0, 1], 10 classes.

    Args:
        path: the folder of the four files, plain or .gz; else $P2PBO_DATA/mnist or data/mnist.

    Raises:
        InputError: a file is not there (says where to get it) or is malformed.
    """
    return from_four_files(MNIST, path)


def from_four_files(download: Download, path: Path | None) -> Dataset:
    """Return a set in MNIST's layout: images and labels, train and t10k.

    Raises:
        InputError: a file is not there (says where to get it) or is malformed.
    """
    folder = download.folder(path)
    pairs = [_pair(download, folder, part) for part in ("train", "t10k")]
    parts = read_labelled_images(*pairs)
    for (_, file), (_, labels) in zip(pairs, parts, strict=True):
        check_labels(file, labels, CLASSES)
    train, test = (image_samples(pixels, labels) for pixels, labels in parts)
    _, height, width = parts[0][0].shape
    return Dataset(download.name, train, test, CLASSES, shape=(1, height, width))


def _pair(download: Download, folder: Path, part: str) -> tuple[Path, Path]:
    """Return the files of images and of labels; some places that offer them write a dot for the second dash."""

    def file(kind: str, rank: str) -> Path:
        names = [f"{part}-{kind}{mark}{rank}-ubyte" for mark in "-."]
        return download.file(folder, *(f"{name}{ending}" for name in names for ending in ("", ".gz")))

    return file("images", "idx3"), file("labels", "idx1")
