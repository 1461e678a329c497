"""The first step of a method, taken by every node alone: it shows what each edge will carry in a step."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import DTypeLike, NDArray

from p2pbo.algorithms import Algorithm, Sampler, State
from p2pbo.arrays import Rows
from p2pbo.compression import codec
from p2pbo.network import Innovation, Kind, Network, PartialConsensus, Sent, Stream, repeated
from p2pbo.problems import Oracles
from p2pbo.problems.autograd.random_draws import GlobalGenerators
from p2pbo.topology import Topology


@dataclass(frozen=True)
class Payload:
    """The rows of one variable that an edge carries in a step.

    Attributes:
        widths: how many entries of its row each node sends, (K,), or all nodes, (1,).
        repeats: R of the codec for each row.
        note_bytes: length of what tells neighbours which entries these are.
        kinds: what the rows are.
    """

    widths: NDArray[np.int64]
    repeats: tuple[int, ...]
    note_bytes: int
    kinds: tuple[Kind, ...]

    def bytes(self, spec: str, width: int, dtype: DTypeLike) -> int:
        """Return the bytes through the codec ``spec`` from a node that sends ``width`` entries of each row."""
        return self.note_bytes + sum(
            codec(repeated(spec, rounds), width, dtype).wire_bytes for rounds in self.repeats
        )


@dataclass(frozen=True)
class EdgeLoad:
    """The number of rounds of a step, and what an edge carries of each variable in all of them."""

    rounds: int
    payloads: dict[str, Payload]


def dry_run(
    algorithm: Algorithm,
    start: State,
    oracles: Oracles,
    sampler: Sampler,
    topology: Topology,
    hosted: range,
) -> EdgeLoad:
    """Return what an edge carries in a step, from a step without messages; the oracles' work is not counted.

    Rows that are handed to one neighbour count for every edge, which carries them only where it is drawn.
    """
    network = _RecordingNetwork(topology, hosted)
    with oracles.cost.paused() if oracles.cost is not None else nullcontext(), GlobalGenerators().restored():
        algorithm.step(start, cast(Network, network), oracles, sampler)
    sent = [
        (stream, width)
        for streams, widths in network.rounds
        for stream, width in zip(streams, widths, strict=True)
    ]
    by_variable = {v: [one for one in sent if one[0].variable == v] for v in algorithm.variables}
    return EdgeLoad(len(network.rounds), {v: _payload(of) for v, of in by_variable.items() if of})


def _payload(sent: Sequence[tuple[Stream, int]]) -> Payload:
    """Add up what one variable's streams carry; all of them have rows of one width."""
    kinds, width = [stream.kind for stream, _ in sent], sent[0][1]
    first = kinds[0]
    widths = first.sizes if isinstance(first, PartialConsensus) else np.array([width])
    notes = sum(kind.note_bytes for kind in kinds if isinstance(kind, PartialConsensus))
    repeats = tuple(kind.rounds if isinstance(kind, Innovation) else 1 for kind in kinds)
    return Payload(widths, repeats, notes, tuple(kinds))


class _RecordingNetwork:
    """A stand-in for a network that records the rounds and gives every node its own rows back."""

    def __init__(self, topology: Topology, hosted: range) -> None:
        self.topology, self.hosted = topology, hosted
        self.rounds: list[tuple[Sequence[Stream], Sequence[int]]] = []

    def exchange(self, streams: Sequence[Stream], widths: Sequence[int]) -> _OwnRows:
        return _OwnRows(self, streams, widths)


class _OwnRows:
    """A stand-in for a kind of round that gives back the rows that are posted."""

    def __init__(self, network: _RecordingNetwork, streams: Sequence[Stream], widths: Sequence[int]) -> None:
        self._network, self._planned = network, (streams, widths)
        self._rows: tuple[Rows, ...] = ()

    def post(self, sent: Sequence[Sent]) -> _OwnRows:
        self._network.rounds.append(self._planned)
        self._rows = tuple(one if isinstance(one, np.ndarray) else one.rows for one in sent)
        return self

    def poll(self) -> None:
        """Do nothing: no message travels."""

    def wait(self) -> tuple[Rows, ...]:
        return self._rows
