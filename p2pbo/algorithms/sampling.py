"""The batches of a run, drawn by node and step from keyed streams: no placement changes them."""

from __future__ import annotations

from numbers import Integral
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import PlainValidator

from p2pbo.errors import InputError
from p2pbo.problems import Batch, KeyedBatch, Oracles
from p2pbo.problems.node_data import sample_indices
from p2pbo.randomness import Keys, keys, subsets, uniform

AHEAD = 8192
"""Numbers to draw at once: a few steps ahead where steps draw little, which shares numpy's overhead among them."""


def _batch_size(value: Any) -> int | Literal["all"]:
    if value is None or value == "all":
        return "all"
    size = int(value) if isinstance(value, str) and value.isdecimal() else value
    if isinstance(value, bool) or not isinstance(size, Integral) or size < 1:
        raise ValueError("give a whole number of rows, at least 1, or all")
    return int(size)


BatchSize = Annotated[Any, PlainValidator(_batch_size)]
"""The number of rows that a node draws; "all" (None in Python): all of them, a deterministic run."""


def size_of(batch: Any) -> int | None:
    """Return the number of rows of a checked batch size; None: all."""
    return None if batch == "all" else int(batch)


class BatchBlock(NamedTuple):
    """The batches that are drawn ahead: of ``steps`` steps from ``first``, each with ``upper`` ξ and ``lower`` ζ."""

    purpose: str
    first: int
    steps: int
    size: int
    upper: int
    lower: int


class Sampler:
    """The draws of the hosted nodes: rows without replacement, and whatever else a step draws."""

    def __init__(self, seed: int, hosted: range, oracles: Oracles) -> None:
        self._seed = seed
        self._nodes = np.arange(hosted.start, hosted.stop)
        self._drawn: dict[str, tuple[BatchBlock, NDArray[np.int64]]] = {}
        self._samples = {"upper": oracles.upper_samples, "lower": oracles.lower_samples}
        self._oracles = oracles

    def smallest(self) -> int:
        """Return the smallest number of samples that a hosted node has on either side."""
        return int(min(counts.min() for counts in self._samples.values()))

    def check(self, size: int | None) -> None:
        """Check that every hosted node can draw ``size`` rows.

        Raises:
            InputError: one cannot; names it.
        """
        for side, counts in self._samples.items():
            for node, count in zip(self._nodes, counts, strict=True):
                if size is not None and size > count:
                    raise InputError(
                        f"batch {size}",
                        f"exceeds the {count} {side} samples of node {node}",
                        f"use at most {self.smallest()}, or batch=all",
                    )

    def batches(
        self, step: int, size: int | None, upper: int, lower: int, purpose: str = "batch"
    ) -> tuple[list[Batch], list[Batch]]:
        """Return independent batches of one step, ``upper`` ξ and ``lower`` ζ, all drawn at once.

        Draws for another ``purpose`` are independent of these.

        Returns:
            Two lists of hosted×size indices; of None (all rows) where ``size`` is None. Where losses draw at random
            themselves, each with keys of its own.
        """
        batches: list[Batch] = self._indices(step, size, upper, lower, purpose)
        if self._oracles.random:
            of_losses = self._keys_of(f"losses/{purpose}", step, _streams(upper, lower))
            batches = [
                KeyedBatch(sample_indices(batch), own) for batch, own in zip(batches, of_losses, strict=True)
            ]
        return batches[:upper], batches[upper:]

    def _indices(self, step: int, size: int | None, upper: int, lower: int, purpose: str) -> list[Batch]:
        if size is None:
            return [None] * (upper + lower)
        block = max(1, AHEAD // (size * (upper + lower) * len(self._nodes)))
        wanted = BatchBlock(purpose, step - step % block, block, size, upper, lower)
        drawn, blocks = self._drawn.get(purpose, (None, None))
        if drawn != wanted or blocks is None:
            blocks = self._draw(wanted)
            self._drawn[purpose] = wanted, blocks
        return list(blocks[step % block])

    def _draw(self, of: BatchBlock) -> NDArray[np.int64]:
        """Return the batches of a block of steps: steps × batches × hosted × size."""
        stream = _streams(of.upper, of.lower)
        population = np.where(stream % 2, self._samples["lower"], self._samples["upper"])
        steps = np.arange(of.first, of.first + of.steps)[:, None, None]
        key = self._keys_of(of.purpose, steps, stream)
        drawn = subsets(key.ravel(), np.tile(population.ravel(), of.steps), of.size)
        return drawn.reshape(*key.shape, of.size)

    def depths(self, step: int, bound: int) -> NDArray[np.int64]:
        """Return one number per hosted node, uniform on 0 … bound − 1: the length of a random Neumann product."""
        return (uniform(self.keys(step, "neumann depth"), 0) * bound).astype(np.int64)

    def shared(self, step: int, purpose: str, counter: int) -> float:
        """Return a number in [0, 1) that all nodes of the network draw alike."""
        return float(uniform(keys(self._seed, purpose, step), counter)[0])

    def _keys_of(self, purpose: str, step: int | NDArray[np.int64], stream: NDArray[np.int64]) -> Keys:
        return keys(self._seed, purpose, step, (stream << 32) + self._nodes)

    def keys(self, step: int, purpose: str) -> Keys:
        """Return one key for each hosted node, for other draws of a step."""
        return keys(self._seed, purpose, step, self._nodes)


def _streams(upper: int, lower: int) -> NDArray[np.int64]:
    """Return the numbers of batches in a column, even for ξ, odd for ζ: the first ones do not depend on how many."""
    return np.concatenate([2 * np.arange(upper), 2 * np.arange(lower) + 1])[:, None]
