"""One turn of the network: every variable's move, in as few messages as the moves allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from p2pbo.algorithms.parts import Fresh, Innovation, Laplacian, Move, Sent
from p2pbo.algorithms.state import Variable
from p2pbo.network import Network, Stream
from p2pbo.problems import Rows


class _Round:
    """Rows of several moves in one message per neighbour; no message where none of them sends."""

    def __init__(self, network: Network, number: int, sent: Mapping[str, Sent]) -> None:
        self._counts = {variable: len(rows) for variable, rows in sent.items()}
        streams = [
            _stream(rows, f"{variable}{number}{place}")
            for variable, group in sent.items()
            for place, rows in enumerate(group)
        ]
        self._pending = network.send(streams) if streams else None

    def poll(self) -> None:
        if self._pending:
            self._pending.poll()

    def wait(self) -> dict[str, tuple[Rows, ...]]:
        """Return what became of each variable's rows."""
        mixed = iter(self._pending.wait() if self._pending else ())
        return {
            variable: tuple(next(mixed) for _ in range(count)) for variable, count in self._counts.items()
        }


def _stream(sent: Rows | Fresh | Laplacian | Innovation, name: str) -> Stream:
    match sent:
        case Innovation(rows, delta, of_memory, rounds):
            return Stream(rows, name, True, delta, of_memory, rounds)
        case Laplacian(rows):
            return Stream(rows, name, laplacian=True)
        case Fresh(rows):
            return Stream(rows, name, consumed=True)
    return Stream(sent, name)


class Turn:
    """Posts what the moves send before the oracles run; :meth:`finish` gives them their estimates.

    ``moves`` are named by their variables; streams are named by variable, round and place, alike in every step.
    """

    def __init__(self, network: Network, moves: Mapping[str, Move]) -> None:
        self._network, self._moves = network, moves
        self._first = _Round(network, 0, {variable: next(move) for variable, move in moves.items()})

    def poll(self) -> None:
        """Let large messages make progress between oracles."""
        self._first.poll()

    def finish(self, estimates: Sequence[Rows]) -> tuple[Variable, ...]:
        """Return the moved variables: further rounds go on until no move sends any more."""
        moved: dict[str, Variable] = {}
        mixed = self._first.wait()
        answers = {v: (U, *mixed[v]) for v, U in zip(self._moves, estimates, strict=True)}
        number = 0
        while answers:
            number += 1
            sent: dict[str, Sent] = {}
            for variable, answer in answers.items():
                try:
                    sent[variable] = self._moves[variable].send(answer)
                except StopIteration as stop:
                    moved[variable] = stop.value
            answers = _Round(self._network, number, sent).wait()
        return tuple(moved[variable] for variable in self._moves)
