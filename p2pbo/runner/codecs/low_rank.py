"""Where low-rank edges can be: between states that nodes agree on, on all edges of a variable."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from p2pbo.compression import codec
from p2pbo.config import Description
from p2pbo.errors import InputError
from p2pbo.network import Handover, Innovation, PartialConsensus
from p2pbo.runner.codecs.dry_run import EdgeLoad
from p2pbo.topology import Topology

_OTHERS = {
    Innovation: "compressed directions, which are no states to agree on",
    PartialConsensus: "parts of rows, whose matrices differ from node to node",
    Handover: "rows that change places instead of coming nearer",
}
"""What methods send besides states, as the end of a cause."""


def check_low_rank(
    variable: str,
    dim: int,
    specs: Sequence[str],
    description: Description,
    topology: Topology,
    measure_load: Callable[[], EdgeLoad],
) -> None:
    """Check that the codecs of a variable are all of low rank, and can be, or that none is.

    Args:
        variable: x, y, z or u.
        dim: the entries of its rows.
        specs: the codec of each directed edge.
        description, topology: of the run.
        measure_load: gives what an edge carries in a step; called where a codec is of low rank.

    Raises:
        InputError: a codec of low rank is where it cannot be.
    """
    of_low_rank = {
        spec: codec(spec, dim, np.dtype(description.dtype)).rank is not None for spec in set(specs)
    }
    if not any(of_low_rank.values()):
        return
    first = next(spec for spec in specs if of_low_rank[spec])
    if not all(of_low_rank.values()):
        at = next(e for e, spec in enumerate(specs) if not of_low_rank[spec])
        where = topology.edges.edge_name(topology.source[at], topology.target[at])
        cause = (
            f"shares {variable} with {specs[at]} on {where}, and low-rank edges have a channel of their own"
        )
        raise InputError(f"codec {first}", cause, f"give all edges lowrank for {variable}, of any ranks")
    if description.channel != "auto":
        cause = "brings rows nearer by a channel of its own"
        raise InputError(
            f"channel {description.channel}", f"is not that of {first}, which {cause}", "use auto"
        )
    carried = measure_load().payloads.get(variable)
    for kind in () if carried is None else carried.kinds:
        if isinstance(kind, tuple(_OTHERS)):
            cause = (
                f"carries states, and {description.algorithm.name} sends of {variable} {_OTHERS[type(kind)]}"
            )
            raise InputError(f"codec {first}", cause, f"use {variable}=none, or a codec such as randk:0.1")
