"""Rounds of an algorithm with its neighbours: their streams are declared once, and a step passes rows alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from p2pbo.algorithms.parts import Mixing, MixingRounds
from p2pbo.algorithms.state import Variable
from p2pbo.arrays import Rows
from p2pbo.network import Exchange, Network, Sent, Stream


class Round:
    """One kind of round, planned at its first use on a network."""

    def __init__(self, *streams: Stream) -> None:
        self.streams = streams
        self._network: Network | None = None
        self._exchange: Exchange | None = None

    def post(self, network: Network, *sent: Sent) -> Exchange:
        """Start a round with the rows of all streams; ``wait()`` on what it returns gives what becomes of them.

        Raises:
            RuntimeError: there are not as many rows as streams.
        """
        if len(sent) != len(self.streams):
            keys = ", ".join(stream.key for stream in self.streams)
            raise RuntimeError(f"{len(sent)} rows are sent where streams {keys} are declared")
        if network is not self._network or self._exchange is None:
            widths = [_rows(one).shape[1] for one in sent]
            self._network, self._exchange = network, network.exchange(self.streams, widths)
        return self._exchange.post(sent)


def _rows(sent: Sent) -> Rows:
    return sent.rows if isinstance(sent, tuple) else sent


class RoundDriver:
    """Moves some variables side by side, in as few messages as their mixings allow.

    Streams are named by variable, round and place, alike in every step.

    Attributes:
        sends_first: whether a round goes out before the oracles run.
    """

    def __init__(self, mixings: Mapping[str, Mixing]) -> None:
        sends = {variable: mixing.sends() for variable, mixing in mixings.items()}
        self._counts = [
            {variable: len(rounds[n]) for variable, rounds in sends.items() if n < len(rounds)}
            for n in range(max(map(len, sends.values())))
        ]
        self.sends_first = any(self._counts[0].values())
        self._rounds = [
            Round(*(Stream(f"{v}{n}{place}", kind) for v in counts for place, kind in enumerate(sends[v][n])))
            for n, counts in enumerate(self._counts)
        ]

    def start(self, network: Network, moves: Mapping[str, MixingRounds]) -> RunningRounds:
        """Post what the moves send before the oracles run."""
        return RunningRounds(network, self._rounds, self._counts, moves)


class RunningRounds:
    """The rounds of one step: :meth:`finish` gives the moves their estimates."""

    def __init__(
        self,
        network: Network,
        rounds: Sequence[Round],
        counts: Sequence[Mapping[str, int]],
        moves: Mapping[str, MixingRounds],
    ) -> None:
        self._network, self._rounds, self._counts, self._moves = network, rounds, counts, moves
        self._pending = self._post(0, {variable: next(move) for variable, move in moves.items()})

    def _post(self, number: int, sent: Mapping[str, tuple[Rows, ...]]) -> Exchange | None:
        """Start a round; None where no move sends in it."""
        rows = [one for own in sent.values() for one in own]
        return self._rounds[number].post(self._network, *rows) if rows else None

    def poll(self) -> None:
        """Let large messages make progress between oracles."""
        if self._pending is not None:
            self._pending.poll()

    def finish(self, estimates: Sequence[Rows]) -> tuple[Variable, ...]:
        """Run the further rounds and return the moved variables."""
        moved: dict[str, Variable] = {}
        mixed = self._mixed(0)
        answers = {v: (U, *mixed[v]) for v, U in zip(self._moves, estimates, strict=True)}
        number = 0
        while answers:
            sent: dict[str, tuple[Rows, ...]] = {}
            for variable, answer in answers.items():
                try:
                    sent[variable] = self._moves[variable].send(answer)
                except StopIteration as stop:
                    moved[variable] = stop.value
            number += 1
            self._pending = self._post(number, sent)
            answers = self._mixed(number) if sent else {}
        return tuple(moved[variable] for variable in self._moves)

    def _mixed(self, number: int) -> dict[str, tuple[Rows, ...]]:
        """Wait for a round, and return what became of each variable's rows."""
        mixed = iter(self._pending.wait() if self._pending is not None else ())
        return {
            variable: tuple([next(mixed) for _ in range(count)])
            for variable, count in self._counts[number].items()
        }
