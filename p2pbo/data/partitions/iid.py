"""The homogeneous partition: every node sees the same distribution and as many samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from p2pbo.data.partitions import PARTITIONS, Partition
from p2pbo.randomness import generator


@PARTITIONS.register("iid")
def iid(labels: NDArray[np.int64], nodes: int, seed: int, /) -> Partition:
    """Samples shuffled and dealt in equal shares (±1)."""
    return np.array_split(generator(seed, "partition iid").permutation(len(labels)), nodes)
