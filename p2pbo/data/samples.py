"""Data sets: rows of features with class labels, in one part or two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, eq=False)
class Samples:
    """Labelled rows: ``features`` is samples × features, dense or CSR; ``labels`` holds classes 0 … c−1."""

    features: NDArray[np.floating[Any]] | csr_array[np.float64, tuple[int, int]]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: NDArray[np.int64]) -> Samples:
        """Return the samples ``rows``, in that order."""
        return Samples(self.features[rows], self.labels[rows])


@dataclass(frozen=True, eq=False)
class Dataset:
    """A named classification set; ``test`` is None where it has no test part and none was split off.

    ``shape`` is what a row of features is in truth: (channels, height, width) of an image, else None. ``groups`` says
    which group every class belongs to, where classes come in groups: the alphabets of characters. ``labels`` are what
    the classes are called in the files, where these number them otherwise.
    """

    name: str
    train: Samples
    test: Samples | None
    classes: int
    shape: tuple[int, int, int] | None = None
    groups: NDArray[np.int64] | None = None
    labels: NDArray[Any] | None = None
