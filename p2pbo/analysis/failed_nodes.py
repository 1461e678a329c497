"""Metrics of every node where some have failed: what these lack is left out, and another node's NaN is not."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.trace import Trace


def counted(trace: Trace, values: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell of a trace's values (…, nodes) which count: all but those that a failed node has not."""
    failed = trace.values("failure_node") if "failure_node" in trace else ()
    lacking: NDArray[np.bool_] = np.isnan(values) & np.isin(np.arange(values.shape[-1]), failed)
    return ~lacking
