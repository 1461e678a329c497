"""A method's first step taken by every node alone, which tells what each edge will carry in a step."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import DTypeLike, NDArray

from p2pbo.algorithms import Algorithm, Sampler, State
from p2pbo.compression import codec
from p2pbo.network import Innovation, Network, PartialConsensus, Sent, Stream, repeated
from p2pbo.problems import Oracles, Rows
from p2pbo.problems.autograd.random_draws import Generators
from p2pbo.topology import Topology


@dataclass(frozen=True)
class Payload:
    """What an edge carries of one variable in a step.

    Attributes:
        widths: how many entries of its row each node sends, (K,), or all nodes, (1,).
        repeats: R of the codec for each row.
        note_bytes: of what tells neighbours which entries these are.
    """

    widths: NDArray[np.int64]
    repeats: tuple[int, ...]
    note_bytes: int

    def bytes(self, spec: str, width: int, dtype: DTypeLike) -> int:
        """Through the codec ``spec`` from a node that sends ``width`` entries of each row."""
        return self.note_bytes + sum(
            codec(repeated(spec, rounds), width, dtype).wire_bytes for rounds in self.repeats
        )


@dataclass(frozen=True)
class Load:
    """What an edge carries in a step: so many rounds, and each variable's payload."""

    rounds: int
    payloads: dict[str, Payload]


def rehearsed(
    algorithm: Algorithm,
    start: State,
    oracles: Oracles,
    sampler: Sampler,
    topology: Topology,
    hosted: range,
) -> Load:
    """Return what the rounds of a step carry; the oracles' work is not counted.

    Rows that are handed to one neighbour count for every edge, which carries them only where it is drawn.
    """
    stage = _Stage(topology, hosted)
    with oracles.work.aside() if oracles.work is not None else nullcontext(), Generators().kept():
        algorithm.step(start, cast(Network, stage), oracles, sampler)
    sent = [
        (stream, width)
        for streams, widths in stage.rounds
        for stream, width in zip(streams, widths, strict=True)
    ]
    by_variable = {v: [one for one in sent if one[0].variable == v] for v in algorithm.variables}
    return Load(len(stage.rounds), {v: _payload(of) for v, of in by_variable.items() if of})


def _payload(sent: Sequence[tuple[Stream, int]]) -> Payload:
    """Add up what one variable's streams carry; all of them have rows of one width."""
    kinds, width = [stream.kind for stream, _ in sent], sent[0][1]
    first = kinds[0]
    widths = first.sizes if isinstance(first, PartialConsensus) else np.array([width])
    notes = sum(kind.note_bytes for kind in kinds if isinstance(kind, PartialConsensus))
    return Payload(widths, tuple(kind.rounds if isinstance(kind, Innovation) else 1 for kind in kinds), notes)


class _Stage:
    """In the place of a network: remembers the rounds, and every node hears itself alone."""

    def __init__(self, topology: Topology, hosted: range) -> None:
        self.topology, self.hosted = topology, hosted
        self.rounds: list[tuple[Sequence[Stream], Sequence[int]]] = []

    def exchange(self, streams: Sequence[Stream], widths: Sequence[int]) -> _Echo:
        return _Echo(self, streams, widths)


class _Echo:
    """In the place of a kind of round: gives back the rows that are posted."""

    def __init__(self, stage: _Stage, streams: Sequence[Stream], widths: Sequence[int]) -> None:
        self._stage, self._planned = stage, (streams, widths)
        self._rows: tuple[Rows, ...] = ()

    def post(self, sent: Sequence[Sent]) -> _Echo:
        self._stage.rounds.append(self._planned)
        self._rows = tuple(one if isinstance(one, np.ndarray) else one.rows for one in sent)
        return self

    def poll(self) -> None:
        """Nothing is on its way."""

    def wait(self) -> tuple[Rows, ...]:
        return self._rows
