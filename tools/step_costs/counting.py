"""What a step of a method costs a node, counted while p2pbo takes one on small quadratics.

Oracles and bytes are counted at three sizes of x and y, as they grow with both by so much an entry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from p2pbo.algorithms import ALGORITHMS
from p2pbo.arrays import IndexArray, Rows
from p2pbo.problems import PROBLEMS, Batch, Lower, Oracles, ProblemContext
from p2pbo.topology import build
from step_costs.stepping import stepping

NODES, DTYPE = 4, np.dtype(np.float64)
GRADIENTS, LOWER_GRADIENTS, LOWER, HYY, HXY, BOTH = (
    "fx and fy, together",
    "gx and gy, together",
    "∇_y g, evaluated for gy and for products",
    "hyy(v)",
    "hxy(v)",
    "hyy(v) and hxy(v), together",
)
ORACLES = {
    GRADIENTS: "(fx, fy)",
    LOWER_GRADIENTS: "(gx, gy)",
    LOWER: "gy",
    HYY: "hyy",
    HXY: "hxy",
    BOTH: "(hyy, hxy)",
}
"""What is counted, and how a line of several writes it."""


class CountingLower:
    """∇_y g of other oracles; what is asked of it is counted."""

    def __init__(self, lower: Lower, calls: Counter[str]) -> None:
        self._lower, self._calls = lower, calls

    @property
    def gy(self) -> Rows:
        """∇_y g, hosted×dy."""
        return self._lower.gy

    def products(self, V: Rows) -> tuple[Rows, Rows]:
        """Return (hyy(v), hxy(v))."""
        self._calls[BOTH] += 1
        return self._lower.products(V)

    def hyy(self, V: Rows) -> Rows:
        """Return ∇²_yy g v."""
        self._calls[HYY] += 1
        return self._lower.hyy(V)

    def hxy(self, V: Rows) -> Rows:
        """Return ∇ₓ⟨∇_y g, v⟩."""
        self._calls[HXY] += 1
        return self._lower.hxy(V)


class CountingOracles(Oracles):
    """Other oracles; what is asked of them is counted."""

    def __init__(self, oracles: Oracles) -> None:
        self._oracles = oracles
        self.upper_samples: IndexArray = oracles.upper_samples
        self.lower_samples: IndexArray = oracles.lower_samples
        self.calls: Counter[str] = Counter()

    def upper(self, X: Rows, Y: Rows, batch: Batch) -> tuple[Rows, Rows]:
        """Return (fx, fy)."""
        self.calls[GRADIENTS] += 1
        return self._oracles.upper(X, Y, batch)

    def lower(self, X: Rows, Y: Rows, batch: Batch) -> Lower:
        """Return ∇_y g, and its products."""
        self.calls[LOWER] += 1
        return CountingLower(self._oracles.lower(X, Y, batch), self.calls)

    def lower_gradients(self, X: Rows, Y: Rows, batch: Batch) -> tuple[Rows, Rows]:
        """Return (gx, gy)."""
        self.calls[LOWER_GRADIENTS] += 1
        return self._oracles.lower_gradients(X, Y, batch)

    def losses(self, X: Rows, Y: Rows) -> tuple[Rows, Rows]:
        """Return (f_i, g_i), which no method asks for."""
        return self._oracles.losses(X, Y)


@dataclass(frozen=True)
class Amount:
    """A count that grows with the sizes of x and y: ``constant + of_x dx + of_y dy``."""

    constant: int
    of_x: int
    of_y: int

    def at(self, dim_x: int, dim_y: int) -> int:
        """Return the count at sizes of x and y."""
        return self.constant + self.of_x * dim_x + self.of_y * dim_y

    def __str__(self) -> str:
        return " + ".join(self._terms) or "0"

    @property
    def factor(self) -> str:
        """It as a factor: in parentheses where it is a sum."""
        return f"({self})" if len(self._terms) > 1 else f"{self}"

    @property
    def _terms(self) -> list[str]:
        terms = [str(self.constant)] if self.constant else []
        return terms + [
            f"{'' if factor == 1 else factor} {size}".strip()
            for factor, size in ((self.of_x, "dx"), (self.of_y, "dy"))
            if factor
        ]


@dataclass(frozen=True)
class StepCost:
    """What one node does in a step, and sends to each neighbour.

    Attributes:
        oracles: calls by oracle.
        rounds: messages to each neighbour.
        numbers: what these carry without a codec, in numbers of the run's type.
        overlapped: the rounds that are on their way while nodes compute.
    """

    oracles: Mapping[str, Amount]
    rounds: int
    numbers: Amount
    overlapped: int

    @property
    def calls(self) -> str:
        """The oracle calls on one line, such as "1 (fx, fy), 11 gy"."""
        return ", ".join(f"{amount.factor} {ORACLES[oracle]}" for oracle, amount in self.oracles.items())


def step_cost(name: str) -> StepCost:
    """Return the cost of a step of a method with its defaults, after the first."""
    base, wide, tall = (_counted(name, *dims) for dims in ((2, 2), (3, 2), (2, 3)))

    def amount(key: str) -> Amount:
        of_x, of_y = wide[key] - base[key], tall[key] - base[key]
        return Amount(base[key] - 2 * of_x - 2 * of_y, of_x, of_y)

    oracles = {oracle: amount(oracle) for oracle in ORACLES if base[oracle]}
    return StepCost(oracles, base["rounds"], amount("numbers"), base["overlapped"])


def _counted(name: str, dim_x: int, dim_y: int) -> Counter[str]:
    """Return the counts of the second step on quadratics of these sizes, on a ring of nodes in this process."""
    context = ProblemContext(NODES, lower_level=ALGORITHMS.make(name).lower_level)
    problem = PROBLEMS.make("quadratic", context, dim_x=dim_x, dim_y=dim_y, samples=2)
    hosts: list[CountingOracles] = []

    def host(nodes: range) -> CountingOracles:
        hosts.append(CountingOracles(problem.host(nodes, DTYPE)))
        return hosts[-1]

    method = stepping(problem, host, build("ring", NODES), name, {"batch": 1})
    method.step()
    calls = hosts[0].calls  # of all nodes at once, or of the first
    before, sent = Counter(calls), method.sent
    method.step()
    counts = Counter(calls)
    counts.subtract(before)
    (numbers,), (rounds,) = (set(now - then) for now, then in zip(method.sent, sent, strict=True))
    return counts + Counter(
        numbers=int(numbers) // DTYPE.itemsize,
        rounds=int(rounds),
        overlapped=method.algorithm.overlapped_rounds,
    )
