"""Seeded splits of one set of samples into two, the same for every number of ranks."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from p2pbo.data.samples import Samples
from p2pbo.errors import InputError
from p2pbo.randomness import generator

TestFraction = Annotated[float, Field(ge=0, lt=1)]


def hold_out(
    samples: int, fraction: float, seed: int, node: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return one node's rows 0 … samples−1 as (held, kept): its validation rows and its training rows, each sorted.

    ``fraction`` of the rows are held, rounded to the nearest count that leaves a row on either side.

    Raises:
        InputError: there are fewer than two rows, or ``fraction`` is not between 0 and 1.
    """
    if not 0 < fraction < 1:
        raise InputError(f"fraction {fraction}", "holds out nothing or everything", "use one between 0 and 1")
    if samples < 2:
        raise InputError(
            f"node {node}",
            f"has too few samples ({samples}) to hold some out",
            "use fewer nodes",
        )
    return _two_parts(samples, fraction, generator(seed, "hold-out", node))


def with_test_part(samples: Samples, fraction: float, seed: int) -> tuple[Samples, Samples | None]:
    """Return a set without a test part as (train, test): ``fraction`` of its rows are split off, none at 0.

    Raises:
        InputError: a part would be empty because there are fewer than two rows.
    """
    if fraction == 0:
        return samples, None
    if len(samples) < 2:
        raise InputError(
            f"test_fraction {fraction}",
            "needs two samples or more",
            "give more data or test_fraction=0",
        )
    held, kept = _two_parts(len(samples), fraction, generator(seed, "test part"))
    return samples.take(kept), samples.take(held)


def _two_parts(
    samples: int, fraction: float, draw: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    held = min(max(round(fraction * samples), 1), samples - 1)
    order = draw.permutation(samples)
    return np.sort(order[:held]), np.sort(order[held:])
