"""What a run hands to its trace: a header before the first step, a row for each logged step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

COMPLETED = "completed"
"""The status of a trace whose run came to its end."""

DIVERGED = "failed: Diverged"
"""How the status of a trace begins whose run has diverged."""


@dataclass(frozen=True)
class Header:
    """What is known before the first step.

    Attributes:
        description: the resolved description of the run; anything that JSON can hold.
        nodes: K.
        dim_x: entries of one node's x.
        dim_y: entries of one node's y.
        dim_z: entries of one node's z; 0 for a method without z.
        edge_source: (E,) the sending node of each directed edge.
        edge_target: (E,) its receiving node.
        edge_codec: E codec specifications, one for each directed edge.
        attributes: further attributes of the file: seed, lambda_2, spectral_gap, mpi_library, ranks, hosts, and
            random_losses: which losses draw at random themselves ("lower", "upper", "lower upper" or "none").
    """

    description: Mapping[str, Any]
    nodes: int
    dim_x: int
    dim_y: int
    dim_z: int
    edge_source: NDArray[np.integer]
    edge_target: NDArray[np.integer]
    edge_codec: Sequence[str]
    attributes: Mapping[str, str | int | float]


@dataclass(frozen=True)
class Row:
    """One logged step.

    Attributes:
        step: steps done so far.
        metrics: figures of the whole network, such as ``upper_loss`` and ``wall_time``.
        node_metrics: arrays (K,) with one figure for each node, such as ``bytes_sent``.
    """

    step: int
    metrics: Mapping[str, float]
    node_metrics: Mapping[str, NDArray[Any]]
