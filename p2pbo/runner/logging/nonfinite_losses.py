"""A warning, once a run, of a loss that is not finite though every state is."""

from __future__ import annotations

import math
import warnings

from p2pbo.errors import Notice
from p2pbo.trace import TraceRow


class LossMonitor:
    """A check of logged rows, on the rank that writes them."""

    def __init__(self) -> None:
        self._warned = False

    def check(self, row: TraceRow) -> None:
        """Warn of the first row whose losses at the network's average are not finite; its run may still be sound."""
        odd = [side for side in ("upper", "lower") if not math.isfinite(row.metrics[f"{side}_loss"])]
        if odd and not self._warned:
            self._warned = True
            side = odd[0]
            loss = f"the {side} loss at the network's average is {row.metrics[f'{side}_loss']} at step {row.step}"
            remedy = "look for a logarithm, root or quotient outside its domain, or lower the step sizes"
            warnings.warn(f"{loss}, though every node's x and y are finite; {remedy}", Notice, stacklevel=2)
