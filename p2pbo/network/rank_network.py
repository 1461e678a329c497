"""The network as one rank sees it, from which it plans all its exchanges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from p2pbo.network.links.state import Links
from p2pbo.network.plan import Plan


@dataclass(frozen=True, eq=False)
class RankNetwork:
    """The network as one rank sees it.

    Attributes:
        plan: which rows go to whom, made from the topology and the placement.
        links: which edges carry a round.
        dtype: of rows.
    """

    plan: Plan
    links: Links
    dtype: np.dtype[Any]
