"""One turn of the network: every variable's move, in as few messages as the moves allow."""

from __future__ import annotations

from collections.abc import Sequence

from p2pbo.algorithms.parts import Move
from p2pbo.algorithms.state import Variable
from p2pbo.network import Network
from p2pbo.problems import Rows


class _Round:
    """Rows of several moves in one message per neighbour; no message where none of them sends."""

    def __init__(self, network: Network, groups: Sequence[tuple[Rows, ...]]) -> None:
        self._counts = [len(group) for group in groups]
        rows = [row for group in groups for row in group]
        self._pending = network.exchange(*rows) if rows else None

    def poll(self) -> None:
        if self._pending:
            self._pending.poll()

    def wait(self) -> list[tuple[Rows, ...]]:
        """W times each group's rows."""
        mixed = iter(self._pending.wait() if self._pending else ())
        return [tuple(next(mixed) for _ in range(count)) for count in self._counts]


class Turn:
    """Posts what the moves send before the oracles run; :meth:`finish` gives them their estimates."""

    def __init__(self, network: Network, moves: Sequence[Move]) -> None:
        self._network, self._moves = network, moves
        self._first = _Round(network, [next(move) for move in moves])

    def poll(self) -> None:
        """Let large messages make progress between oracles."""
        self._first.poll()

    def finish(self, estimates: Sequence[Rows]) -> tuple[Variable, ...]:
        """The moved variables: further rounds go on until no move sends any more."""
        moved: dict[int, Variable] = {}
        answers = {
            i: (U, *mixed) for i, (U, mixed) in enumerate(zip(estimates, self._first.wait(), strict=True))
        }
        while answers:
            sent: dict[int, tuple[Rows, ...]] = {}
            for i, answer in answers.items():
                try:
                    sent[i] = self._moves[i].send(answer)
                except StopIteration as stop:
                    moved[i] = stop.value
            answers = dict(zip(sent, _Round(self._network, list(sent.values())).wait(), strict=True))
        return tuple(moved[i] for i in range(len(self._moves)))
