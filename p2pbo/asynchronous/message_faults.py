"""What may happen to a message of an asynchronous node, drawn by its edge and its stamp."""

from __future__ import annotations

from typing import NamedTuple

from p2pbo.randomness import keys, uniform


class MessageFaults(NamedTuple):
    """Chances of a message, and the seed of the draws.

    Attributes:
        drop: that it is lost.
        seed: of the run.
    """

    drop: float = 0.0
    seed: int = 0

    def loses(self, edge: int, stamp: int) -> bool:
        """Tell whether a message is lost."""
        return bool(self.drop) and self._drawn("asynchronous loss", edge, stamp) < self.drop

    def _drawn(self, what: str, edge: int, stamp: int) -> float:
        """Return a number between 0 and 1."""
        return float(uniform(keys(self.seed, what, stamp, edge), 0)[0])
