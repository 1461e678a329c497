"""Policies: rules by which a node chooses the units of a layer that it keeps in a round."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import IndexArray
from p2pbo.registry import Registry


@dataclass(frozen=True, eq=False)
class LayerContext:
    """What a policy knows of a layer when it chooses ``kept`` of its ``units`` for one node in one round.

    ``magnitudes`` is Σ|w| of each unit's own weights, for policies that ask for them.
    """

    name: str
    units: int
    kept: int
    node: int
    round: int
    seed: int
    magnitudes: NDArray[np.floating] | None = None


class Policy(ABC):
    """A rule by which nodes choose units; its settings are keyword-only parameters."""

    constant: ClassVar[bool] = False
    """Whether a node keeps the same units in all rounds."""
    derivable: ClassVar[bool] = True
    """Whether a neighbour can tell the units without seeing the node's rows."""

    @abstractmethod
    def choose(self, layer: LayerContext) -> IndexArray:
        """Return the units of the layer that the node keeps, ascending."""


def window(start: int, length: int, units: int) -> IndexArray:
    """Return the ``length`` units from ``start`` on, with 0 after the last one; ascending."""
    return np.sort((start + np.arange(length)) % units)


POLICIES: Registry[Policy] = Registry("mask policy", "p2pbo.algorithms.submodels.policies")
"""Classes of :class:`Policy`, one file each in ``policies/``."""
