"""How long a ring of eight takes to a target without rounds and in rounds, with step sizes tuned for each.

Times are modelled, in computing times of a node of speed 1; messages take 0.1. The numbers of rounds do not depend on
speeds, so that what is tuned with equal nodes is the fastest with a slow one, too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import p2pbo
from asynchronous.fastest import Fastest, Steps, fastest
from asynchronous.networks import SECOND, SlowNetwork, run_on

SLOWNESSES = (1.0, 10.0)
ASYNCHRONOUS = "async-soba"
LOG_EVERY = 2


class Target(NamedTuple):
    """What is to be reached on a problem, and how.

    Attributes:
        metric, value: that are to be reached.
        batch: rows of a batch.
        exact: whether the exact solution is logged.
        steps: in which it is looked for at most.
        together: whether one number is tuned for all step sizes, or one for each.
        draws: how many seeds of a run's draws times are means over.
    """

    metric: str
    value: float
    batch: str | int
    exact: str
    steps: int
    together: bool
    draws: int


TARGETS = {
    "quadratic": Target("hypergradient_norm", 1e-6, "all", "on", 6000, together=False, draws=1),
    "logreg-hpo": Target("upper_loss", 0.33, 100, "off", 1500, together=True, draws=5),
}

HELD: dict[str, Mapping[str, float]] = {"sparkle-gt": {"theta": 1.0}, "vrdbo": {"eta": 0.33}}
"""The settings of methods that are not tuned, where these are not the defaults."""

STARTS: dict[str, Steps] = {
    "sparkle-gt": {"alpha": 2**0.5, "beta": 0.25, "gamma": 0.125**0.5},
    "vrdbo": {"beta1": 2.0, "beta2": 2.0},
    ASYNCHRONOUS: {"alpha": 4.0, "beta": 0.5**0.5, "gamma": 0.5**0.5},
}
"""Where the search of step sizes begins: all on one lattice."""


@dataclass(frozen=True)
class Speedup:
    """The times to a target of one method with equal nodes and with a slow one, and the step sizes.

    Attributes:
        seed: of the data, and the slow node.
        times: for each of ``SLOWNESSES``.
    """

    problem: str
    method: str
    seed: int
    times: list[float]
    steps: list[Steps]


def speedups(problem: str, seed: int) -> list[dict[str, Any]]:
    """Return the times of rounds and of asynchronous nodes on a problem whose data are of a seed."""
    methods = ["sparkle-gt", ASYNCHRONOUS] if problem == "quadratic" else list(STARTS)
    return [asdict(speedup(problem, method, seed)) for method in methods]


def speedup(problem: str, method: str, seed: int) -> Speedup:
    """Return the times of a method."""
    tuned = _tuned(problem, method, seed, 1.0)
    if method == ASYNCHRONOUS:
        found = [tuned, *(_tuned(problem, method, seed, slow) for slow in SLOWNESSES[1:])]
    else:
        times = (time_to(problem, method, seed, slow, tuned.steps) for slow in SLOWNESSES)
        found = [Fastest(tuned.steps, time) for time in times]
    return Speedup(problem, method, seed, [each.time for each in found], [each.steps for each in found])


def time_to(
    problem: str, method: str, seed: int, slow: float, steps: Steps, limit: float = math.inf
) -> float:
    """Return the mean computing times to the target of a problem; infinite beyond a limit, or where a run is."""
    draws, total = TARGETS[problem].draws, 0.0
    for draw in range(draws):
        left = limit * draws - total
        total += _time_of(problem, method, seed, SlowNetwork(slow=slow, node=seed), steps, seed + draw, left)
        if total > limit * draws or math.isinf(total):
            return math.inf
    return total / draws


def _time_of(
    problem: str, method: str, data_seed: int, network: SlowNetwork, steps: Steps, seed: int, limit: float
) -> float:
    target = TARGETS[problem]
    until = f"{target.metric}={target.value:g}"
    if math.isfinite(limit):
        until += f",modelled_time={limit * SECOND!r}"
    settings = {**HELD.get(method, {}), "batch": target.batch, **steps}
    run = {
        "problem": problem,
        "algorithm": method,
        "data_seed": data_seed,
        "seed": seed,
        "exact": target.exact,
    }
    try:
        trace = run_on(network, settings, **run, steps=target.steps, log_every=LOG_EVERY, until=until)
    except p2pbo.Diverged:
        return math.inf
    reached = trace.values(target.metric)[-1] <= target.value
    return float(trace.values("modelled_time")[-1]) / SECOND if reached else math.inf


def _tuned(problem: str, method: str, seed: int, slow: float) -> Fastest:
    start, together = STARTS[method], TARGETS[problem].together

    def each(tuned: Steps) -> Steps:
        return dict.fromkeys(start, tuned["all"]) if together else tuned

    def timed(tuned: Steps, limit: float) -> float:
        return time_to(problem, method, seed, slow, each(tuned), limit)

    found = fastest(timed, {"all": 1.0} if together else start)
    return Fastest(each(found.steps), found.time)
