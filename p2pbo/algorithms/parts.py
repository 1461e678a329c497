"""The three kinds of parts that an algorithm is made of.

A part is a class registered under its name. Its keyword-only parameters are settings of its own; step sizes and
weights it gets from the notation of the algorithm, so that no part knows how a paper calls them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import Field

from p2pbo.algorithms.projection import Projection, no_projection
from p2pbo.algorithms.sampling import Sampler
from p2pbo.algorithms.state import Point, Variable
from p2pbo.arrays import Rows
from p2pbo.network import Kind
from p2pbo.problems import Oracles, Problem
from p2pbo.problems.node_data import Size
from p2pbo.registry import Registry

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
StepSize = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""0 holds a variable where it is."""


class Hypergradient(ABC):
    """A way to make oracles into one direction for each variable."""

    variables: ClassVar[str] = "xy"
    second_derivatives: ClassVar[bool] = True
    """Whether it asks for products with second derivatives of the lower loss."""
    lower_gradients: ClassVar[bool] = False
    """Whether it asks for the lower loss's gradient by x."""
    moves_as: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """The variables that move by the parts, step size and weights of another one, by name."""

    def __init__(self, problem: Problem, /) -> None:  # noqa: B027
        """Take what is needed of the problem besides its oracles; by default nothing is."""

    def check_precision(self, dtype: np.dtype[Any]) -> None:  # noqa: B027
        """Check that it can work with rows of this type; by default it can.

        Raises:
            InputError: a setting does not fit.
        """

    def amplification(self, dtype: np.dtype[Any]) -> float:
        """Return by how much at most a direction multiplies what a variable and the one that moves as it do apart."""
        return 1.0

    @abstractmethod
    def draw(self, sampler: Sampler, step: int, size: Size) -> Any:
        """Return all random choices of one step, so that STORM can evaluate two points with the same ones."""

    def looking_back(self, sample: Any) -> Any:
        """Return the same random choices for the previous point, where directions depend on the step, too."""
        return sample

    @abstractmethod
    def directions(self, oracles: Oracles, point: Point, sample: Any) -> tuple[Rows, ...]:
        """Return the direction of each variable at ``point``: (Dx, Dy), or (Dx, Dy, Dz) …"""


@dataclass(frozen=True)
class Estimator(ABC):
    """A way to make the directions D of one variable into a better estimate U of the expected one."""

    order: ClassVar[int] = 0
    """The power of η in the weight of a new direction (Gao 2023); 0: it has no weight."""
    looks_back: ClassVar[bool] = False
    """Whether it needs the direction at the previous point, with the same sample."""

    a: float = 1.0
    """The weight of a new direction."""
    from_zero: bool = False
    """Whether an average starts at 0 (He 2024) or with the first direction (Gao 2023)."""

    def weighted(self, factor: float) -> Self:
        """Return the estimator with its weight times ``factor``."""
        return self if factor == 1 else replace(self, a=factor * self.a)

    def restarts(self, t: int, sampler: Sampler) -> bool:
        """Tell whether U starts anew in step t, from a batch of the first step's size; all nodes have to agree."""
        return t == 0

    def start(self, D: Rows) -> Rows:
        """Return U where it starts, of the direction D there."""
        return D

    @abstractmethod
    def update(self, U: Rows, D: Rows, D_previous: Rows) -> Rows:
        """Return the next U, of the last one and of D at this and at the previous point, with the same sample."""


Sends = tuple[tuple[Kind, ...], ...]
"""What a mixing sends, round by round: the kind of each of its streams."""

MixingRounds = Generator[tuple[Rows, ...], tuple[Rows, ...], Variable]
"""One variable's step, told in the order of a listing.

``U, WV = yield (V,)`` first: what is yielded here goes out before the oracles run, and comes back, after the estimate
U, as its kind says. Each further ``WR, = yield (R,)`` is a round of its own. What it returns is the moved variable.
"""


@dataclass(frozen=True)
class Mixing(ABC):
    """A way to move one variable along its estimate while agreeing with the neighbours."""

    relaxed: ClassVar[bool] = False
    """Whether it goes only the share η of the way."""
    projects: ClassVar[bool] = True
    """Whether it has a place for the projection Π."""
    needs_exact: ClassVar[bool] = False
    """Whether it works with W itself only, not through lossy edges."""
    directed: ClassVar[bool] = False
    """Whether it works over directed and changing graphs, too; else it needs a symmetric W."""
    remembers: ClassVar[type[Any] | None] = None
    """The NamedTuple of the rows that it remembers from step to step; None: it remembers none."""

    averages_first: ClassVar[bool] = False
    """Whether the network averages the first estimates before they move anything."""
    asynchronous: ClassVar[bool] = False
    """Whether nodes step one by one, when they are ready; else they do in rounds."""

    project: Projection = no_projection
    eta: float = 1.0

    @property
    def compressions(self) -> int:
        """The number of rounds R of multi-step compression, for what it sends besides states."""
        return 1

    def start(self, V: Rows) -> Variable:
        """Return the variable before the first step: U and all that is remembered are 0."""
        fields = self.remembers._fields if self.remembers else ()
        memory = self.remembers and self.remembers(*(np.zeros_like(V) for _ in fields))
        return Variable(V, np.zeros_like(V), memory)

    def recover(self, variable: Variable) -> Variable:
        """Return the variable when nodes have died: what is remembered of sums over all nodes starts anew."""
        return variable

    def shortened(self, start: Variable, diverged: Variable) -> Variable | None:
        """Return the start with shorter steps than those that have diverged; None: it measures no steps."""
        return None

    def beside(self, variables: Mapping[str, Variable]) -> Mixing:
        """Return the mixing for one step, told of all variables before it by name; by default it needs none of them."""
        return self

    @abstractmethod
    def sends(self) -> Sends:
        """Declare what :meth:`move` yields: first what goes out before the oracles run, then each further round."""

    @abstractmethod
    def move(self, variable: Variable, beta: float) -> MixingRounds:
        """Take one step of size ``beta``, and return the moved variable."""


StepAlong = Callable[[Rows], float | Rows]
"""The step size along directions T (hosted×dim): one for all nodes, or a column of one for each."""


class TrackingMixing(Mixing):
    """A mixing that moves a variable along a tracker T of the network's average direction.

    T is all that it remembers, and any step size along T is as good as another: the nodes' may differ.
    """

    @abstractmethod
    def follow(self, variable: Variable, step: StepAlong) -> MixingRounds:
        """Take one step along the next T, of the size that ``step`` gives for it; return the moved variable."""

    def move(self, variable: Variable, beta: float) -> MixingRounds:
        """Take one step of size ``beta``, and return the moved variable."""
        return self.follow(variable, lambda T: beta)


HYPERGRADIENTS: Registry[Hypergradient] = Registry("hypergradient", "p2pbo.algorithms.hypergradients")
ESTIMATORS: Registry[Estimator] = Registry("estimator", "p2pbo.algorithms.estimators")
MIXINGS: Registry[Mixing] = Registry("mixing", "p2pbo.algorithms.mixings")
