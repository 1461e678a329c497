"""Late messages: what an edge would contribute in a round is added τ rounds later.

s_i⁺ = s_i + γ Σ_j w_ij (s_j − s_i)^{t−τ_ij}        what i gains from j, j loses to i in the same round: averages stay
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

from p2pbo.arrays import Rows
from p2pbo.network.checkpointing import CheckpointRows
from p2pbo.network.links.state import Links, Up
from p2pbo.network.mixing.matrix import AverageProduct, MixingBlock


class NoDelay:
    """Contributions that all arrive in the round that they are sent in."""

    delay = 0
    """The most rounds by which any is late."""

    def into(self, late: int, rows: Rows) -> Rows:
        """Return where contributions to ``rows`` go that are so many rounds late."""
        return rows

    def arrive(self, rows: Rows) -> None:
        """Add to ``rows`` what is due, and end the round."""

    def checkpoint_rows(self) -> list[CheckpointRows]:
        """Return the contributions that are still on their way."""
        return []


class DelayLine(NoDelay):
    """Contributions to the rows of ``nodes`` that are up to ``delay`` rounds late."""

    def __init__(self, nodes: range, dim: int, dtype: np.dtype[Any], delay: int) -> None:
        self._nodes, self.delay = np.asarray(nodes), delay
        self._due = deque(np.zeros((len(nodes), dim), dtype) for _ in range(delay + 1))  # in 0, 1, … rounds

    def into(self, late: int, rows: Rows) -> Rows:
        """Return where contributions to ``rows`` go that are so many rounds late."""
        return self._due[late] if late else rows

    def arrive(self, rows: Rows) -> None:
        """Add to ``rows`` what is due, and end the round."""
        due = self._due.popleft()
        rows += due
        due.fill(0)
        self._due.append(due)

    def checkpoint_rows(self) -> list[CheckpointRows]:
        """Return the contributions that are still on their way, by the rounds in which they are due."""
        return [
            CheckpointRows(f"due/{rounds}", "node", self._nodes, due) for rounds, due in enumerate(self._due)
        ]


def delay_line(links: Links, nodes: range, dim: int, dtype: np.dtype[Any]) -> NoDelay:
    """Return the delay line of a stream's rows over these links."""
    return DelayLine(nodes, dim, dtype, links.delay) if links.delay else NoDelay()


class DelayedAverage:
    """S ↦ S + γ Σ_τ (W_τ − I) S of τ rounds ago, W_τ of the edges that were up then and are τ rounds late."""

    def __init__(
        self, block: MixingBlock, nodes: range, width: int, dtype: np.dtype[Any], links: Links
    ) -> None:
        self._damping = dtype.type(links.damping)
        self._hosted = len(nodes)
        self._parts = [
            (late, links.late == late, AverageProduct(block, dtype))
            for late in np.unique(links.late[block.edges]).tolist()
        ]
        self._late = DelayLine(nodes, width, dtype, links.delay)

    def checkpoint_rows(self) -> list[CheckpointRows]:
        """Return the contributions that are still on their way."""
        return self._late.checkpoint_rows()

    def __call__(self, stack: Rows, up: Up | None) -> Rows:
        """Return the stack's hosted rows, moved by what arrives."""
        S = stack[: self._hosted]
        mixed = S.copy()
        for late, edges, average in self._parts:
            step = average(stack, edges if up is None else edges & up)
            step -= S
            step *= self._damping
            into = self._late.into(late, mixed)
            into += step
        self._late.arrive(mixed)
        return mixed
