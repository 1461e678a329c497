"""Partitions of samples over nodes, one file each; a new one is a file with one registered function."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from p2pbo.errors import InputError
from p2pbo.registry import Registry

Partition = list[NDArray[np.int64]]
"""The sample numbers of each node."""

MIN_SAMPLES = 2
"""The fewest samples of a node: one to validate on, one to train on."""

PARTITIONS: Registry[Partition] = Registry("partition", "p2pbo.data.partitions")
"""Functions ``(labels, nodes, seed, /, *, options) -> Partition``: disjoint, covering, ``MIN_SAMPLES`` or more each."""


def partition(spec: str, labels: NDArray[np.int64], nodes: int, seed: int) -> Partition:
    """Return the sample numbers of each node, sorted: disjoint, and together all of 0 … len(labels)−1.

    Args:
        spec: such as ``iid`` or ``dirichlet:0.1``.
        labels: the class of each sample.
        nodes: how many nodes share the samples; each gets at least two.
        seed: of the draw, which does not depend on how ranks host the nodes.

    Raises:
        InputError: the specification is refused, or there are too few samples for so many nodes.
    """
    subject = f"partition {spec}"
    if nodes < 1:
        raise InputError(subject, f"has {nodes} nodes to give samples to", "use --nodes 1 or more")
    if len(labels) < MIN_SAMPLES * nodes:
        most = len(labels) // MIN_SAMPLES
        remedy = f"use --nodes {most}{' or fewer' if most > 1 else ''}" if most else "give more data"
        raise InputError(
            subject, f"cannot give {nodes} nodes {MIN_SAMPLES} samples each out of {len(labels)}", remedy
        )
    return [np.sort(part) for part in PARTITIONS.make(spec, labels, nodes, seed)]
