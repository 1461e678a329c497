"""Rounds of an algorithm with its neighbours: their streams are declared once, and a step passes rows alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate, count
from types import MappingProxyType

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

    Streams are named by variable, round and place, alike in every step. Codecs of a variable in ``moves_as`` draw what
    those of the one that it moves as do.

    Attributes:
        sends_first: whether a round goes out before the oracles run.
    """

    def __init__(
        self, mixings: Mapping[str, Mixing], moves_as: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        sends = {variable: mixing.sends() for variable, mixing in mixings.items()}
        self.sends_first = any(rounds[0] for rounds in sends.values())
        self._rounds = [
            Round(
                *(
                    Stream(f"{variable}{n}{place}", kind, f"{moves_as.get(variable, variable)}{n}{place}")
                    for variable, rounds in sends.items()
                    for place, kind in enumerate(rounds[n] if n < len(rounds) else ())
                )
            )
            for n in range(max(map(len, sends.values())))
        ]

    def start(self, network: Network, moves: Sequence[MixingRounds]) -> RunningRounds:
        """Post what the moves of the variables, in their order, send before the oracles run."""
        return RunningRounds(network, self._rounds, moves)


class RunningRounds:
    """The rounds of one step: :meth:`finish` gives the moves their estimates."""

    def __init__(self, network: Network, rounds: Sequence[Round], moves: Sequence[MixingRounds]) -> None:
        self._network, self._rounds, self._moves = network, rounds, moves
        self._counts: list[int] = []
        self._pending = self._post(0, [next(move) for move in moves])

    def _post(self, number: int, sent: Sequence[tuple[Rows, ...]]) -> Exchange | None:
        """Start a round; None where no move sends in it."""
        self._counts = [len(own) for own in sent]
        rows = [one for own in sent for one in own]
        return self._rounds[number].post(self._network, *rows) if rows else None

    def poll(self) -> None:
        """Let large messages make progress between oracles."""
        if self._pending is not None:
            self._pending.poll()

    def finish(self, estimates: Sequence[Rows]) -> tuple[Variable, ...]:
        """Run the further rounds and return the moved variables."""
        moved: dict[int, Variable] = {}
        moving: Sequence[int] = range(len(self._moves))
        answers = [(U, *mixed) for U, mixed in zip(estimates, self._mixed(), strict=True)]
        for number in count(1):
            sent, sending = [], []
            for place, answer in zip(moving, answers, strict=True):
                try:
                    sent.append(self._moves[place].send(answer))
                    sending.append(place)
                except StopIteration as stop:
                    moved[place] = stop.value
            if not sending:
                break
            self._pending = self._post(number, sent)
            moving, answers = sending, self._mixed()
        return tuple([moved[place] for place in range(len(self._moves))])

    def _mixed(self) -> list[tuple[Rows, ...]]:
        """Wait for the round, and return what became of the rows of each move that sends in it."""
        if self._pending is None:
            return [()] * len(self._counts)
        mixed = self._pending.wait()
        return [
            mixed[end - own : end] for own, end in zip(self._counts, accumulate(self._counts), strict=True)
        ]
