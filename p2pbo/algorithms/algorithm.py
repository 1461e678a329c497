"""Algorithms as the runner drives them: they start from a common point and take steps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Protocol

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from p2pbo.algorithms.run_context import RunContext
from p2pbo.algorithms.sampling import Sampler
from p2pbo.algorithms.state import Point, State
from p2pbo.arrays import Rows
from p2pbo.network import Network
from p2pbo.problems import Oracles
from p2pbo.registry import Registry


class Algorithm(ABC):
    """An algorithm with all its settings fixed, for one problem."""

    variables: str
    """"xy", or "xyz" where z is carried from step to step."""
    needs_exact: str = ""
    """Variables whose rows must not go through lossy edges."""
    compressions: Mapping[str, int] = MappingProxyType({})
    """For variables whose directions go through multi-step compression: its number of rounds R."""
    batches: tuple[int | None, ...]
    """The batch sizes that it asks the sampler for; None: all rows."""

    part_sizes: Mapping[str, NDArray[np.int64]] = MappingProxyType({})
    """For variables of whose rows nodes send parts: how many entries each node of the network sends."""
    samples_neighbours: bool = False
    """Whether rows go to one neighbour, drawn by W's row: no weight may be negative then, and all edges carry."""
    overlapped_rounds: int = 0
    """How many rounds of a step, from the first, are on their way while nodes compute, an equal share of it each."""
    second_derivatives: bool = True
    """Whether it asks for products with second derivatives of the lower loss."""
    counts_flops: bool = False
    """Whether traces count its FLOPs unless told otherwise, because what nodes compute is its point."""

    @abstractmethod
    def start(self, point: Point) -> State:
        """Return the state before the first step, from the common start of every variable (hosted×dim).

        Its variables have the memory that they have ever after: what a checkpoint restores has these fields.
        """

    @abstractmethod
    def step(self, state: State, network: Network, oracles: Oracles, sampler: Sampler) -> State:
        """Return the state after one more step; ``state`` stays as it is."""

    def recover(self, state: State) -> State:
        """Return the state of those who live when nodes have died: what must sum to something over all starts anew."""
        return state

    def untrained_shares(self, graph: nx.Graph, start: tuple[Rows, ...]) -> Mapping[str, float]:
        """Return, for each variable in ``part_sizes``, the share of its entries that nobody around a node ever trains.

        It is the mean over the nodes of ``graph``; ``start`` is the common row of each variable.
        """
        return {}

    def trained_counts(self, state: State, nodes: range) -> Mapping[str, NDArray[np.int64]]:
        """Return, for each variable in ``part_sizes``, how many of ``nodes`` trained each entry in the last step."""
        return {}


class Preset(Protocol):
    """A named algorithm before its settings are fixed."""

    @property
    def paper(self) -> str:
        """Author, year and number of the listing."""

    @property
    def defaults(self) -> Mapping[str, Any]:
        """The paper's settings, where they are not the parts' own."""

    def check(self, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return every setting by name, the given ones checked and converted.

        Raises:
            InputError: a setting is unknown, or a value is refused.
        """

    @property
    def variant(self) -> str | None:
        """The variant of a problem that the algorithm trains (``Problem.variant``); None: the problem itself."""

    def step_settings(self, variable: str) -> tuple[str, ...]:
        """Return the names of the settings that make the step size of a variable."""

    def assemble(self, settings: Mapping[str, Any], context: RunContext) -> Algorithm:
        """Return the algorithm for one run, from settings that :meth:`check` returned.

        Raises:
            InputError: the settings do not fit the problem.
        """


ALGORITHMS: Registry[Preset] = Registry("algorithm", "p2pbo.algorithms.presets")
"""Functions ``() -> Preset``, in the files of ``presets/``."""
