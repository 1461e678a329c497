"""Link schedules: which edges are used in a round; a new one is one new file here with one registered function."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from p2pbo.registry import Registry

LinkSchedule = Callable[[int], NDArray[np.bool_] | None]
"""The network's round 0, 1, … ↦ for every pair of neighbours whether its edge is used; None: all are."""

LINK_SCHEDULES: Registry[LinkSchedule] = Registry("link schedule", "p2pbo.network.links.schedules")
"""Functions ``(pairs, seed, /, *, settings) -> LinkSchedule``; draws are keyed, so that all ranks make the same."""
