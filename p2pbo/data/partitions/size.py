"""The partition that is unequal in size alone: all nodes see one distribution, some see little of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from p2pbo.data.partitions import MIN_SAMPLES, PARTITIONS, Partition
from p2pbo.randomness import generator


@PARTITIONS.register("size")
def size(labels: NDArray[np.int64], nodes: int, seed: int, /) -> Partition:
    """Samples shuffled and dealt in shares of 1 : 2 : … : K, in a random order of the nodes.

    The shares are of what remains when every node has two samples. Their order is drawn so that size is not
    confounded with a node's place in the graph.
    """
    draw = generator(seed, "partition size")
    upto = np.cumsum(1 + draw.permutation(nodes))
    spare = len(labels) - MIN_SAMPLES * nodes
    ends = MIN_SAMPLES * np.arange(1, nodes + 1) + spare * upto // upto[-1]
    return np.split(draw.permutation(len(labels)), ends[:-1])
