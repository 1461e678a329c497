"""The partition by label: α → ∞ gives every node the same classes, α → 0 gives each class to one node.

p_c ~ Dir(α, …, α) over the K nodes           for every class c (Yurochkin 2019, Li 2022 "NIID-Bench")
node k gets the share p_ck of class c's samples
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from p2pbo.data.partitions import MIN_SAMPLES, PARTITIONS, Partition
from p2pbo.randomness import generator

_REDRAWS = 100


@PARTITIONS.register("dirichlet", argument="alpha")
def dirichlet(
    labels: NDArray[np.int64],
    nodes: int,
    seed: int,
    /,
    *,
    alpha: Annotated[float, Field(ge=1e-3, le=1e6)],
) -> Partition:
    """Each class dealt to the nodes in shares drawn from Dir(α): the smaller α, the more heterogeneous.

    Shares that leave a node with fewer than two samples are drawn anew, a hundred times at most; then the
    nodes that lack samples get them from the largest nodes.

    Args:
        alpha: α, the smaller the more heterogeneous.
    """
    draw = generator(seed, "partition dirichlet")
    of_class = np.unique(labels, return_counts=True)[1]
    for _ in range(_REDRAWS):
        shares = draw.dirichlet(np.full(nodes, alpha), size=len(of_class))
        # Row c holds where each node's run of class c ends; the last entry is the whole class.
        ends = np.rint(np.cumsum(shares, axis=1) * of_class[:, None]).astype(np.int64)
        if np.diff(ends, axis=1, prepend=0).sum(axis=0).min() >= MIN_SAMPLES:
            break
    return _topped_up(_dealt(labels, ends, draw), draw)


def _dealt(labels: NDArray[np.int64], ends: NDArray[np.int64], draw: np.random.Generator) -> Partition:
    """Return the samples of every class, shuffled and cut at its row of ``ends``, joined by node."""
    shuffled = draw.permutation(len(labels))
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    starts = np.concatenate(([0], np.cumsum(ends[:-1, -1])))
    pieces = np.split(by_class, (ends + starts[:, None]).ravel()[:-1])
    nodes = ends.shape[1]
    return [np.concatenate(pieces[node::nodes]) for node in range(nodes)]


def _topped_up(parts: Partition, draw: np.random.Generator) -> Partition:
    """Return the parts after nodes with too few samples took some, at random, from whoever had most."""
    for node in range(len(parts)):
        while len(parts[node]) < MIN_SAMPLES:
            largest = max(range(len(parts)), key=lambda k: len(parts[k]))
            taken = draw.integers(len(parts[largest]))
            parts[node] = np.append(parts[node], parts[largest][taken])
            parts[largest] = np.delete(parts[largest], taken)
    return parts
