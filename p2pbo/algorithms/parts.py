"""The three kinds of parts that a method is made of, and how their settings are named.

A part is a class registered under its name whose keyword-only parameters are its settings. A parameter annotated
``PerVariable`` has one setting per variable: ``beta`` becomes ``beta1`` for x, ``beta2`` for y, ``beta3`` for z.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, Any, ClassVar

from pydantic import Field

from p2pbo.algorithms.sampling import Sampler
from p2pbo.algorithms.state import Point, Variable
from p2pbo.errors import InputError
from p2pbo.problems import Oracles, Rows
from p2pbo.registry import Registry


class OnePerVariable:
    """Marks a setting that each variable has of its own."""


Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
PerVariable = Annotated[Positive, OnePerVariable()]


def weight(a: float, formula: str) -> float:
    """The weight ``a`` of a new direction in an average.

    Raises:
        InputError: it exceeds 1, where an average would become an extrapolation.
    """
    if a > 1:
        raise InputError(f"the estimator's weight a = {formula}", f"is {a:g}, above 1", "lower alpha or eta")
    return a


class Hypergradient(ABC):
    """Turns oracles into one direction per variable."""

    variables: ClassVar[str] = "xy"

    @abstractmethod
    def draw(self, sampler: Sampler, step: int, size: int | None) -> Any:
        """All random choices of one step, so that STORM can evaluate two points with the same ones."""

    @abstractmethod
    def directions(self, oracles: Oracles, point: Point, sample: Any) -> tuple[Rows, ...]:
        """(Dx, Dy) or (Dx, Dy, Dz) at ``point``."""


class Estimator(ABC):
    """Turns one variable's directions into a better estimate U of the expected one."""

    looks_back: ClassVar[bool] = False
    """Whether it needs the direction at the previous point, with the same sample."""

    @abstractmethod
    def update(self, U: Rows, D: Rows, D_previous: Rows) -> Rows:
        """The next U; the first step has U = D."""


class Mixing(ABC):
    """Moves one variable along its estimate while agreeing with the neighbours."""

    @abstractmethod
    def start(self, V: Rows) -> Variable:
        """The variable before the first step."""

    @abstractmethod
    def outgoing(self, variable: Variable) -> tuple[Rows, ...]:
        """What neighbours get this round; known before the oracles run."""

    @abstractmethod
    def update(self, variable: Variable, U: Rows, *mixed: Rows) -> Variable:
        """The variable after this step, from its estimate and W × each of ``outgoing``."""


HYPERGRADIENTS: Registry[Hypergradient] = Registry("hypergradient", "p2pbo.algorithms.hypergradients")
ESTIMATORS: Registry[Estimator] = Registry("estimator", "p2pbo.algorithms.estimators")
MIXINGS: Registry[Mixing] = Registry("mixing", "p2pbo.algorithms.mixings")
