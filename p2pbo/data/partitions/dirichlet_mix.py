"""The partition by each node's mix of classes: as many samples on every node, α → ∞ everyone's mix, α → 0 one class.

q_k ~ Dir(α p)        for every node k, p the classes' shares of all samples (Hsu 2019; He 2024, with α = 0.1)
node k gets n/K samples, their classes drawn from q_k without replacement

Every parameter of the draw is α p_c: with C equally frequent classes α/C, not α. A node whose classes are used up takes
others in the proportions that q_k gives them; the nodes take turns in a random order, and the last gets what is left.
``dirichlet`` deals each class to the nodes instead, which makes them differ in size too.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from p2pbo.data.partitions import PARTITIONS, Partition
from p2pbo.randomness import generator


@PARTITIONS.register("dirichlet-mix", argument="alpha")
def dirichlet_mix(
    labels: NDArray[np.int64],
    nodes: int,
    seed: int,
    /,
    *,
    alpha: Annotated[float, Field(ge=1e-3, le=1e6)],
) -> Partition:
    """Equal shares (±1), each of a mix of classes drawn from Dir(α p): the smaller α, the more heterogeneous.

    Args:
        alpha: α, the smaller the more heterogeneous.
    """
    draw = generator(seed, "partition dirichlet-mix")
    shuffled = draw.permutation(len(labels))
    left = [shuffled[labels[shuffled] == label] for label in np.unique(labels)]
    mixes = draw.dirichlet(alpha * np.array([len(of_class) for of_class in left]) / len(labels), size=nodes)
    sizes = [len(share) for share in np.array_split(shuffled, nodes)]
    parts: Partition = [shuffled[:0]] * nodes
    for node in draw.permutation(nodes):
        counts = _taken(sizes[node], mixes[node], np.array([len(of_class) for of_class in left]), draw)
        parts[node] = np.concatenate([of_class[:n] for of_class, n in zip(left, counts, strict=True)])
        left = [of_class[n:] for of_class, n in zip(left, counts, strict=True)]
    return parts


def _taken(
    size: int, mix: NDArray[np.float64], left: NDArray[np.int64], draw: np.random.Generator
) -> NDArray[np.int64]:
    """Return how many of each class ``size`` draws from ``mix`` take, where no more than ``left`` are there."""
    taken = np.zeros_like(left)
    while (lacking := size - taken.sum()) > 0:
        chances = np.where(left > taken, mix, 0.0)
        if (
            not chances.sum() > 0
        ):  # all that the mix knows is used up: one other class, as α → 0 would have it
            chances = draw.multinomial(1, (left - taken) / (left - taken).sum()).astype(np.float64)
        taken = np.minimum(left, taken + draw.multinomial(lacking, chances / chances.sum()))
    return taken
