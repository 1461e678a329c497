"""The time of a step of every method, measured beside one of them.

Each block of a method's steps follows a block of the reference's, and the ratio of the two is what counts: what else
the machine does slows both. Methods take turns, in an order that is drawn for each turn; in every turn a method takes
the same steps from the same state. The time is the processor's: nodes in one process never wait.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable
from functools import cache, partial
from math import ceil

import numpy as np

from p2pbo.algorithms import ALGORITHMS
from p2pbo.problems import PROBLEMS, LowerLevel, Oracles, Problem, ProblemContext
from p2pbo.topology import build
from step_costs.step_times import Setting, StepTimes, machine, versions
from step_costs.stepping import stepping

REFERENCE = "nc-soba"
LEAST = 0.005
"""Seconds that a block of steps takes at least."""


class TimedMethod:
    """A method that takes the same steps again and again, after its first."""

    def __init__(self, name: str, setting: Setting) -> None:
        self._nodes = setting.nodes
        problem = _quadratics(setting, ALGORITHMS.make(name).lower_level)
        host = partial(_hosted, problem)
        self._stepping = stepping(problem, host, build("ring", setting.nodes), name, {"batch": setting.batch})
        self._steps = 1
        self._steps = ceil(LEAST / (self.microseconds() * 1e-6 * setting.nodes))

    def microseconds(self) -> float:
        """Return the time of a step of one node, over a block of steps."""
        self._stepping.restart()
        self._stepping.step()  # the first differs from those after it
        self._stepping.step()  # finds in caches what another method has left there
        began = time.process_time()
        for _ in range(self._steps):
            self._stepping.step()
        return (time.process_time() - began) / self._steps / self._nodes * 1e6


@cache
def _quadratics(setting: Setting, lower_level: LowerLevel) -> Problem:
    """Return the problem of all methods on a lower level."""
    sizes = {"dim_x": setting.dim_x, "dim_y": setting.dim_y, "samples": setting.samples}
    context = ProblemContext(setting.nodes, lower_level=lower_level)
    return PROBLEMS.make("quadratic", context, **sizes)


@cache
def _hosted(problem: Problem, nodes: range) -> Oracles:
    """Return oracles of a problem, in the same memory for all methods."""
    return problem.host(nodes, np.dtype(np.float64))


def step_times(names: Iterable[str], turns: int, setting: Setting) -> StepTimes:
    """Measure methods, and the reference, in so many turns."""
    methods = {name: TimedMethod(name, setting) for name in sorted({REFERENCE, *names})}
    order = random.Random(0)
    pairs: dict[str, list[tuple[float, float]]] = {name: [] for name in methods}
    for _ in range(turns):
        for name in order.sample([*methods], len(methods)):
            pairs[name].append((methods[REFERENCE].microseconds(), methods[name].microseconds()))
    of_reference = np.array([*pairs.values()])[..., 0]
    ratios = {name: float(np.median([own / other for other, own in of])) for name, of in pairs.items()}
    return StepTimes(
        machine(),
        versions(),
        setting,
        REFERENCE,
        round(float(np.median(of_reference)), 2),
        {name: round(ratio, 3) for name, ratio in ratios.items()},
    )
