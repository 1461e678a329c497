"""What may happen to a message of an asynchronous node, drawn by its edge and its stamp."""

from __future__ import annotations

from typing import NamedTuple

from p2pbo.randomness import keys, uniform


class MessageFaults(NamedTuple):
    """Chances of a message, and the seed of the draws.

    Attributes:
        drop: that it is lost; each copy by itself.
        double: that there are two copies of it.
        seed: of the run.
    """

    drop: float = 0.0
    double: float = 0.0
    seed: int = 0

    def copies(self, edge: int, stamp: int) -> int:
        """Return how many copies of a message are on its way, one after another."""
        return 2 if self.double and self._drawn("asynchronous copy", edge, stamp) < self.double else 1

    def loses(self, edge: int, stamp: int, copy: int = 0) -> bool:
        """Tell whether a copy is lost."""
        return bool(self.drop) and self._drawn("asynchronous loss", edge, stamp, copy) < self.drop

    def arriving(self, edge: int, stamp: int) -> int:
        """Return how many copies arrive."""
        return sum(not self.loses(edge, stamp, copy) for copy in range(self.copies(edge, stamp)))

    def _drawn(self, what: str, edge: int, stamp: int, number: int = 0) -> float:
        """Return a number between 0 and 1."""
        return float(uniform(keys(self.seed, what, stamp, edge), number)[0])
