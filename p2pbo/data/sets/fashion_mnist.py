"""Fashion-MNIST (Xiao, Rasul, Vollgraf 2017): articles of clothing in MNIST's four files."""

from __future__ import annotations

from pathlib import Path

from p2pbo.data.downloads import Download
from p2pbo.data.samples import Dataset
from p2pbo.data.sets import DATASETS
from p2pbo.data.sets.mnist import from_four_files

FASHION_MNIST = Download(
    "fashion-mnist",
    files="the four IDX files",
    site="https://github.com/zalandoresearch/fashion-mnist",
    packaged=Path("/usr/share/datasets/fashion-mnist"),  # Debian's dataset-fashion-mnist
)


@DATASETS.register("fashion-mnist", argument="path")
def fashion_mnist(seed: int, /, *, path: Path | None = None) -> Dataset:
    """Articles of clothing: 60,000 training and 10,000 test images, 1×28×28 in [0, 1], 10 classes.

    Args:
        path: the folder of the four files, plain or .gz; else $P2PBO_DATA/fashion-mnist, data/fashion-mnist
            or where Debian's package dataset-fashion-mnist puts them.

    Raises:
        InputError: a file is not there (says where to get it) or is malformed.
    """
    return from_four_files(FASHION_MNIST, path)
