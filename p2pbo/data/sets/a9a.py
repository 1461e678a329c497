"""a9a, shipped: UCI Adult (Becker, Kohavi 1996, CC BY 4.0) in LIBSVM's binarisation; see a9a.LICENSE.txt.

Every stored value is 1, so a row is its column numbers, one byte each. tools/make_a9a.py writes the file.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from p2pbo.data.samples import Dataset, Samples
from p2pbo.data.sets import DATASETS

if TYPE_CHECKING:
    from numpy.lib.npyio import NpzFile

FEATURES = 123
ARCHIVE = Path(__file__).with_name("a9a.npz")


@DATASETS.register("a9a")
def a9a(seed: int, /) -> Dataset:
    """UCI Adult, binarised: 32,561 training and 16,281 test rows × 123 columns of 0 and 1, CSR, 2 classes."""
    with np.load(ARCHIVE) as archive:
        return Dataset("a9a", _part(archive, "train"), _part(archive, "test"), classes=2)


def _part(archive: NpzFile, part: str) -> Samples:
    from scipy.sparse import csr_array

    columns = archive[f"{part}_columns"].astype(np.int32)
    starts = np.append(np.int32(0), np.cumsum(archive[f"{part}_counts"], dtype=np.int32))
    features = csr_array((np.ones(len(columns)), columns, starts), shape=(len(starts) - 1, FEATURES))
    return Samples(features, archive[f"{part}_labels"].astype(np.int64))
