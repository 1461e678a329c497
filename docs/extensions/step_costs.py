"""What a step of a method costs a node, counted while p2pbo takes one on small quadratics.

Oracles and bytes are counted at three sizes of x and y, as they grow with both by so much an entry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from p2pbo.algorithms import ALGORITHMS, RunContext, Sampler
from p2pbo.arrays import IndexArray, Rows
from p2pbo.network import Network
from p2pbo.problems import PROBLEMS, Batch, Lower, Oracles, ProblemContext
from p2pbo.topology import build

NODES = 4
GRADIENTS, LOWER_GRADIENTS, LOWER, HYY, HXY, BOTH = (
    "fx and fy, together",
    "gx and gy, together",
    "∇_y g, evaluated for gy and for products",
    "hyy(v)",
    "hxy(v)",
    "hyy(v) and hxy(v), together",
)
ORACLES = (GRADIENTS, LOWER_GRADIENTS, LOWER, HYY, HXY, BOTH)


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

    def __str__(self) -> str:
        terms = [str(self.constant)] if self.constant else []
        terms += [
            f"{'' if factor == 1 else factor} {size}".strip()
            for factor, size in ((self.of_x, "dx"), (self.of_y, "dy"))
            if factor
        ]
        return " + ".join(terms) or "0"


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
    problem = PROBLEMS.make("quadratic", ProblemContext(NODES), dim_x=dim_x, dim_y=dim_y, samples=2)
    preset = ALGORITHMS.make(name)
    algorithm = preset.assemble(preset.check(name, {"batch": 1}), RunContext(problem, 2))
    oracles = CountingOracles(problem.host(range(NODES), np.dtype(np.float64)))
    sampler, network = Sampler(0, range(NODES), oracles), Network(build("ring", NODES))
    zeros = tuple(np.zeros((NODES, dim_x if v == "x" else dim_y)) for v in algorithm.variables)
    state = algorithm.step(algorithm.start(zeros), network, oracles, sampler)
    before = Counter(oracles.calls)
    sent, messages = network.traffic.edge_bytes, network.traffic.edge_messages
    algorithm.step(state, network, oracles, sampler)
    counts = Counter(oracles.calls)
    counts.subtract(before)
    (bytes_sent,) = set(network.traffic.edge_bytes - sent)
    (rounds,) = set(network.traffic.edge_messages - messages)
    return counts + Counter(
        numbers=int(bytes_sent) // 8, rounds=int(rounds), overlapped=algorithm.overlapped_rounds
    )
