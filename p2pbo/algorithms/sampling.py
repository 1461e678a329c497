"""The batches of a run, drawn by node and step from keyed streams: no placement changes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from numbers import Integral
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PlainValidator

from p2pbo.algorithms.row_draws import DRAWS, Sampling, Wanted
from p2pbo.errors import InputError
from p2pbo.problems import Batch, KeyedBatch, Oracles
from p2pbo.problems.node_data import BatchSizes, Size, sample_indices
from p2pbo.randomness import Keys, keys, uniform

SAME = "batch"
"""The size of one loss's batches that is that of both."""

SIDE_SETTINGS = ("batch_upper", "batch_lower")


def _batch_size(value: Any) -> int | Literal["all"]:
    if value is None or value == "all":
        return "all"
    size = int(value) if isinstance(value, str) and value.isdecimal() else value
    if isinstance(value, bool) or not isinstance(size, Integral) or size < 1:
        raise ValueError("give a whole number of rows, at least 1, or all")
    return int(size)


def _side_batch_size(value: Any) -> int | str:
    return SAME if isinstance(value, str) and value == SAME else _batch_size(value)


BatchSize = Annotated[
    Any,
    PlainValidator(_batch_size, json_schema_input_type=Annotated[int, Field(ge=1)] | Literal["all"]),
]
"""The number of rows that a node draws; "all" (None in Python): all of them, a deterministic run."""

SideBatchSize = Annotated[
    Any,
    PlainValidator(
        _side_batch_size, json_schema_input_type=Annotated[int, Field(ge=1)] | Literal["all", "batch"]
    ),
]
"""The number of rows that a node draws for one of the losses; "batch": that of both."""


def size_of(batch: Any) -> Size:
    """Return the number of rows of a checked batch size, or of one for each loss; None: all."""
    return batch if batch is None or isinstance(batch, BatchSizes) else None if batch == "all" else int(batch)


def batch_sizes(settings: Mapping[str, Any]) -> Size:
    """Return the size of checked settings ``batch``, ``batch_upper`` and ``batch_lower``: one, or one for each loss."""
    own = [settings.get(name, SAME) for name in SIDE_SETTINGS]
    if own == [SAME, SAME]:
        return size_of(settings["batch"])
    upper, lower = (size_of(settings["batch"] if size == SAME else size) for size in own)
    return BatchSizes(upper, lower)  # type: ignore[arg-type]  # sizes of one loss


class Sampler:
    """The draws of the hosted nodes: rows without replacement, and whatever else a step draws."""

    def __init__(
        self, seed: int, hosted: range, oracles: Oracles, sampling: Sampling = "independent"
    ) -> None:
        self._seed, self._hosted, self._sampling = seed, hosted, sampling
        self._nodes = np.arange(hosted.start, hosted.stop)
        self._draws = DRAWS[sampling](self._keys_of)
        self._samples = {"upper": oracles.upper_samples, "lower": oracles.lower_samples}
        self._oracles = oracles

    @cached_property
    def blocks(self) -> Sequence[Sampler]:
        """The samplers of the oracles' blocks of nodes, which draw what this one draws for them."""
        blocks = self._oracles.blocks
        if len(blocks) == 1:
            return (self,)
        return [
            Sampler(self._seed, self._hosted[block.rows], block.oracles, self._sampling) for block in blocks
        ]

    def check(self, size: Size) -> None:
        """Check that every hosted node can draw ``size`` rows.

        Raises:
            InputError: one cannot; names it.
        """
        apart = isinstance(size, BatchSizes)
        for (side, counts), own in zip(self._samples.items(), BatchSizes.of(size), strict=True):
            for node, count in zip(self._nodes, counts, strict=True):
                if own is not None and own > count:
                    name = f"batch_{side}" if apart else "batch"
                    most = counts.min() if apart else min(held.min() for held in self._samples.values())
                    raise InputError(
                        f"{name} {own}",
                        f"exceeds the {count} {side} samples of node {node}",
                        f"use at most {most}, or {name}=all",
                    )

    def batches(
        self, step: int, size: Size, upper: int, lower: int, purpose: str = "batch"
    ) -> tuple[list[Batch], list[Batch]]:
        """Return independent batches of one step, ``upper`` ξ and ``lower`` ζ.

        Draws for another ``purpose`` are independent of these.

        Returns:
            Two lists of hosted×size indices; of None (all rows) where ``size`` is None. Where losses draw at random
            themselves, each with keys of its own.
        """
        xi, zeta = _streams(upper, lower)
        sizes = BatchSizes.of(size)
        return (
            self._batches(step, "upper", sizes.upper, xi, purpose),
            self._batches(step, "lower", sizes.lower, zeta, purpose),
        )

    def _batches(
        self, step: int, side: str, size: int | None, streams: tuple[int, ...], purpose: str
    ) -> list[Batch]:
        if size is None or not streams:
            drawn: list[Batch] = [None] * len(streams)
        else:
            drawn = [*self._draws.rows(step, Wanted(purpose, streams, size, self._samples[side]))]
        if not self._oracles.random or not streams:
            return drawn
        of_losses = self._keys_of(f"losses/{purpose}", step, np.array(streams)[:, None])
        return [KeyedBatch(sample_indices(batch), own) for batch, own in zip(drawn, of_losses, strict=True)]

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


def _streams(upper: int, lower: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the numbers of batches, even for ξ, odd for ζ: the first ones do not depend on how many there are."""
    return tuple(range(0, 2 * upper, 2)), tuple(range(1, 2 * lower, 2))
