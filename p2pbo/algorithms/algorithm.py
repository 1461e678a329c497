"""Algorithms as the runner drives them: they start from a common point and take steps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Protocol

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from p2pbo.algorithms.limit_point import LimitPoint
from p2pbo.algorithms.run_context import RunContext
from p2pbo.algorithms.sampling import Sampler
from p2pbo.algorithms.state import Point, State
from p2pbo.arrays import Rows
from p2pbo.method_names import SINGLE_NODE_METHODS
from p2pbo.network import Network
from p2pbo.problems import LowerLevel, Oracles
from p2pbo.problems.node_data import Size
from p2pbo.registry import Registry, SettingSpecs


class Algorithm(ABC):
    """An algorithm with all its settings fixed, for one problem."""

    variables: str
    """"xy", or "xyz" or "xyu" where a third variable is carried from step to step."""
    needs_exact: str = ""
    """Variables whose rows must not go through lossy edges."""
    measured: str = ""
    """Variables whose step sizes nodes measure."""
    directed: bool = False
    """Whether it runs over directed and changing graphs, too; else it needs a symmetric W."""
    compressions: Mapping[str, int] = MappingProxyType({})
    """For variables whose directions go through multi-step compression: its number of rounds R."""
    batches: tuple[Size, ...]
    """The batch sizes that it asks the sampler for, one for both losses or one for each; None: all rows."""
    one_batch: str = ""
    """Why it draws batches of one loss only, as the cause of an error; "": it draws of both."""

    part_sizes: Mapping[str, NDArray[np.int64]] = MappingProxyType({})
    """For variables of whose rows nodes send parts: how many entries each node of the network sends."""
    samples_neighbours: bool = False
    """Whether rows go to one neighbour, drawn by W's row: no weight may be negative then, and all edges carry."""
    unsent: str = ""
    """Variables of which nodes send nothing."""
    overlapped_rounds: int = 0
    """How many rounds of a step, from the first, are on their way while nodes compute, an equal share of it each."""
    second_derivatives: bool = True
    """Whether it asks for products with second derivatives of the lower loss."""
    lower_gradients: bool = False
    """Whether it asks for the lower loss's gradient by x."""
    asynchronous: bool = False
    """Whether nodes step one by one, when they are ready, so that there is no :meth:`step` of all at once."""
    keeps_bounds: bool = False
    """Whether it keeps x within the problem's bounds, where there are any."""
    measures_x: bool = False
    """Whether a rule finds the steps of x while it goes on."""
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

    def amplification(self, dtype: np.dtype[Any]) -> float:
        """Return by how much at most a direction multiplies what y and u do apart, where it has u."""
        return 1.0

    def recover(self, state: State) -> State:
        """Return the state of those who live when nodes have died: what must sum to something over all starts anew."""
        return state

    def begin_again(self, state: State, point: Point) -> State | None:
        """Return the start once more, in the step of ``state``, with shorter steps than those that have diverged.

        None: its steps are what its settings say. ``point`` is the common start of every variable (hosted×dim).
        """
        return None

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
    def limit_point(self) -> LimitPoint | None:
        """Where it ends on unequal nodes; None: that is not known."""

    @property
    def lower_level(self) -> LowerLevel:
        """The lower level that it is for."""

    @property
    def defaults(self) -> Mapping[str, Any]:
        """The paper's settings, where they are not the parts' own."""

    def on(self, name: str, lower_level: LowerLevel) -> Preset:
        """Return the method as it is on another lower level.

        Raises:
            InputError: it does not work there.
        """

    def check(self, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return every setting by name, the given ones checked and converted.

        Raises:
            InputError: a setting is unknown, or a value is refused.
        """

    def settings(self, given: Mapping[str, Any]) -> SettingSpecs:
        """Return the settings that it has with the given parts in the places of its own.

        Raises:
            InputError: a part is unknown, or does not fit.
        """

    @property
    def variant(self) -> str | None:
        """The variant of a problem that the algorithm trains (``Problem.variant``); None: the problem itself."""

    def asynchronous(self, given: Mapping[str, Any]) -> bool:
        """Tell whether its nodes step without rounds with the given parts."""

    def step_settings(self, variable: str, given: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the names of the settings that make the step size of a variable with the given parts."""

    def assemble(self, settings: Mapping[str, Any], context: RunContext) -> Algorithm:
        """Return the algorithm for one run, from settings that :meth:`check` returned.

        Raises:
            InputError: the settings do not fit the problem.
        """


ALGORITHMS: Registry[Preset] = Registry(
    "algorithm",
    "p2pbo.algorithms.presets",
    remedies={name: f"{method.summary}: {method.flags}" for name, method in SINGLE_NODE_METHODS.items()},
)
"""Functions ``() -> Preset``, in the files of ``presets/``."""
