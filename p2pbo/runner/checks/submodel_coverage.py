"""A warning of entries of the model that neither a node nor any of its neighbours trains."""

from __future__ import annotations

import warnings

from p2pbo.errors import Notice
from p2pbo.runner.assembly import Assembly


def warn_of_uncovered(assembly: Assembly) -> None:
    """Warn of the share of each variable that is never trained around a node, if any."""
    start = (assembly.problem.x.start, assembly.problem.y.start)
    for variable, share in assembly.algorithm.untrained_shares(assembly.topology.graph, start).items():
        if share > 0:
            warnings.warn(
                f"{variable}: a node and its neighbours together leave out {share:.3g} of its entries on average, "
                "which stay as they are; raise --capacity, use other masks, or add edges",
                Notice,
                stacklevel=2,
            )
