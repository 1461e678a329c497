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
from p2pbo.network import Network, Stream, repeated
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
    streams = [stream for streams in stage.rounds for stream in streams]
    return Load(
        len(stage.rounds),
        {
            variable: _payload([stream for stream in streams if stream.variable == variable])
            for variable in algorithm.variables
            if any(stream.variable == variable for stream in streams)
        },
    )


def _payload(streams: Sequence[Stream]) -> Payload:
    first = streams[0]
    widths = np.array([first.rows.shape[1]]) if first.entries is None else first.entries.sizes
    notes = sum(stream.entries.notes.shape[1] for stream in streams if stream.entries is not None)
    return Payload(widths, tuple(stream.rounds for stream in streams), notes)


class _Stage:
    """In the place of a network: remembers the rounds, and every node hears itself alone."""

    def __init__(self, topology: Topology, hosted: range) -> None:
        self.topology, self.hosted = topology, hosted
        self.rounds: list[Sequence[Stream]] = []

    def send(self, streams: Sequence[Stream]) -> _Echo:
        self.rounds.append(streams)
        return _Echo(tuple(stream.rows for stream in streams))


@dataclass(frozen=True)
class _Echo:
    rows: tuple[Rows, ...]

    def poll(self) -> None:
        """Nothing is on its way."""

    def wait(self) -> tuple[Rows, ...]:
        return self.rows
