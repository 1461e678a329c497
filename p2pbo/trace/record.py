"""The records that a run hands to its trace: a header before the first step, a row for each logged step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

RunDescription = Mapping[str, Any]
"""The resolved description of a run, of values that JSON can hold."""

COMPLETED = "completed"
"""The status of a run that came to its end."""

DIVERGED = "failed: Diverged"
"""The beginning of the status of a run that has diverged."""


@dataclass(frozen=True)
class Header:
    """The facts of a run that are known before its first step.

    Attributes:
        description: the resolved description of the run.
        nodes: K.
        dim_x: the entries of a node's x.
        dim_y: the entries of a node's y.
        dim_z: the entries of a node's z; 0 for a method without z.
        edge_source: (E,) the sending node of each directed edge.
        edge_target: (E,) the receiving node of each directed edge.
        edge_codec: the codec specifications of the E directed edges.
        attributes: further attributes of the file: seed, lambda_2, spectral_gap, mpi_library, ranks, hosts,
            random_losses: the losses that draw random numbers themselves ("lower", "upper", "lower upper" or "none"),
            and, where torch differentiates the losses, stacking_limit: the most rows × parameters of a node with which
            the nodes of a rank share a graph (without it, as in traces of before: there is no limit).
        dim_u: the entries of a node's u; 0 for a method without u.
    """

    description: RunDescription
    nodes: int
    dim_x: int
    dim_y: int
    dim_z: int
    edge_source: NDArray[np.integer]
    edge_target: NDArray[np.integer]
    edge_codec: Sequence[str]
    attributes: Mapping[str, str | int | float]
    dim_u: int = 0


@dataclass(frozen=True)
class TraceRow:
    """The row of one logged step.

    Attributes:
        step: the steps done so far.
        metrics: metrics of the whole network by name, which the trace has over ``step``: ``upper_loss``,
            ``lower_loss``, ``consensus_x``, ``wall_time`` (s), and where the run has them ``test_accuracy``,
            ``hypergradient_norm``, ``modelled_time`` (s), …
        node_metrics: arrays (K,) of metrics of every node, which the trace has over ``step`` and ``node``:
            ``node_upper_loss``, ``bytes_sent`` (so far), …
    """

    step: int
    metrics: Mapping[str, float]
    node_metrics: Mapping[str, NDArray[Any]]
