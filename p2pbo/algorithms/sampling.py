"""The batches of one run: drawn per node and step from keyed streams, so that no placement changes them."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from p2pbo.errors import InputError
from p2pbo.problems import Batch, Oracles
from p2pbo.randomness import keys, subsets, uniform

Side = Literal["upper", "lower"]


class Sampler:
    """Draws rows without replacement for the hosted nodes."""

    def __init__(self, seed: int, hosted: range, oracles: Oracles) -> None:
        self._seed = seed
        self._nodes = np.arange(hosted.start, hosted.stop)
        self._samples = {"upper": oracles.upper_samples, "lower": oracles.lower_samples}

    def smallest(self) -> int:
        """The fewest samples that a hosted node has on either side."""
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

    def batches(self, step: int, size: int | None, upper: int, lower: int) -> tuple[list[Batch], list[Batch]]:
        """Independent batches of one step, ``upper`` of ξ and ``lower`` of ζ, all drawn at once.

        Returns:
            Two lists of hosted×size indices; of None (all rows) where ``size`` is None.
        """
        if size is None:
            return [None] * upper, [None] * lower
        stream = np.concatenate([2 * np.arange(upper), 2 * np.arange(lower) + 1])
        key = keys(self._seed, "batch", step, stream[:, None], self._nodes)
        population = np.concatenate([[self._samples["upper"]] * upper, [self._samples["lower"]] * lower])
        drawn = list(subsets(key.ravel(), population.ravel(), size).reshape(*key.shape, size))
        return drawn[:upper], drawn[upper:]

    def depths(self, step: int, bound: int) -> NDArray[np.int64]:
        """One number per hosted node, uniform on 0 … bound − 1: the length of a random Neumann product."""
        key = keys(self._seed, "neumann depth", step, self._nodes)
        return (uniform(key, 0) * bound).astype(np.int64)
