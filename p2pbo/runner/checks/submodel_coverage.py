"""What submodels leave out: a warning where nobody around a node trains some of the model."""

from __future__ import annotations

import warnings

from p2pbo.errors import Notice
from p2pbo.runner.assembly import Local


def warn_of_uncovered(local: Local) -> None:
    """Say which share of each variable is never trained around a node, if any."""
    start = (local.problem.x.start, local.problem.y.start)
    for variable, share in local.algorithm.untrained_shares(local.topology.graph, start).items():
        if share > 0:
            warnings.warn(
                f"{variable}: a node and its neighbours together leave out {share:.3g} of its entries on average, "
                "which stay as they are; raise --capacity, use other masks, or add edges",
                Notice,
                stacklevel=2,
            )
