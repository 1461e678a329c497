"""The rows of a node's data that its batches hold: drawn anew for every batch, or by epochs.

n rows, batches of b, step t:

independent   a uniform subset of b rows
epochs        rows π_e[bj], …, π_e[bj + b − 1] of a permutation π_e of the n rows, with m = ⌊n/b⌋ steps an epoch,
              e = ⌊t/m⌋ and j = t mod m: no row twice in an epoch; n mod b rows are left out, others in each

Each batch of a step (ξ, ζ, ζ₀, …) has permutations of its own. A draw is a function of its keys: the node, and the step
or the epoch.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from p2pbo.randomness import Keys, subsets, uniform

Sampling = Literal["independent", "epochs"]
"""How rows are drawn."""

Integers = NDArray[np.int64]

KeyMaker = Callable[[str, int | Integers, Integers], Keys]
"""A function (purpose, step or epoch, column of streams) ↦ a key for each stream and hosted node."""

AHEAD = 8192
"""Numbers to draw at once: a few steps ahead where steps draw little, which shares numpy's overhead among them."""


class Wanted(NamedTuple):
    """The batches that are wanted of a step: of ``size`` rows, from nodes with so many (hosted) of them.

    Attributes:
        purpose: what they are for; draws for another one are independent.
        streams: the numbers of the batches.
        size: their number of rows.
        population: the number of rows of each hosted node.
    """

    purpose: str
    streams: tuple[int, ...]
    size: int
    population: Integers

    @property
    def column(self) -> Integers:
        """The streams as a column."""
        return np.array(self.streams, dtype=np.int64)[:, None]


class RowDraws(ABC):
    """A way to draw the rows of batches."""

    def __init__(self, keys_of: KeyMaker) -> None:
        self._keys_of = keys_of

    @abstractmethod
    def rows(self, step: int, wanted: Wanted) -> list[Integers]:
        """Return the batches of a step: hosted × size indices each, in ascending order."""


class IndependentDraws(RowDraws):
    """Subsets that know nothing of each other, drawn for some steps at once."""

    def __init__(self, keys_of: KeyMaker) -> None:
        super().__init__(keys_of)
        self._held: dict[tuple[str, int], tuple[tuple[Any, ...], Integers]] = {}

    def rows(self, step: int, wanted: Wanted) -> list[Integers]:
        """Return a uniform subset of each node's rows for every batch."""
        steps = max(1, AHEAD // (wanted.size * len(wanted.streams) * len(wanted.population)))
        first, place = step - step % steps, (wanted.purpose, wanted.streams[0])
        block = (first, wanted.streams, wanted.size)
        held, drawn = self._held.get(place, (None, None))
        if held != block or drawn is None:
            drawn = self._drawn(np.arange(first, first + steps), wanted)
            self._held[place] = block, drawn
        return list(drawn[step - first])

    def _drawn(self, steps: Integers, wanted: Wanted) -> Integers:
        """Return the batches of these steps: steps × batches × hosted × size."""
        key = self._keys_of(wanted.purpose, steps[:, None, None], wanted.column)
        population = np.broadcast_to(wanted.population, key.shape)
        return subsets(key.ravel(), population.ravel(), wanted.size).reshape(*key.shape, wanted.size)


class EpochDraws(RowDraws):
    """Permutations of each node's rows, one after the other."""

    def __init__(self, keys_of: KeyMaker) -> None:
        super().__init__(keys_of)
        self._orders: dict[tuple[str, int, int], tuple[int, Integers]] = {}

    def rows(self, step: int, wanted: Wanted) -> list[Integers]:
        """Return the next rows of each node's permutation, for every batch."""
        epochs, places = np.divmod(step, wanted.population // wanted.size)  # e = ⌊t/m⌋, j = t mod m
        batches = np.empty((len(wanted.streams), len(epochs), wanted.size), dtype=np.int64)
        for batch, stream in zip(batches, wanted.streams, strict=True):
            for node, (epoch, place) in enumerate(zip(epochs.tolist(), places.tolist(), strict=True)):
                order = self._order(wanted, stream, node, epoch)
                batch[node] = order[wanted.size * place : wanted.size * (place + 1)]
        batches.sort(axis=-1)
        return list(batches)

    def _order(self, wanted: Wanted, stream: int, node: int, epoch: int) -> Integers:
        """Return the permutation of a hosted node's rows in an epoch."""
        held, order = self._orders.get((wanted.purpose, stream, node), (-1, None))
        if held != epoch or order is None:
            key = self._keys_of(f"epochs/{wanted.purpose}", epoch, np.array([[stream]])).ravel()[node]
            order = np.argsort(uniform(key, np.arange(wanted.population[node])), kind="stable")
            self._orders[wanted.purpose, stream, node] = epoch, order
        return order


DRAWS: dict[Sampling, type[RowDraws]] = {"independent": IndependentDraws, "epochs": EpochDraws}
"""The ways to draw by the names of ``--sampling``."""
