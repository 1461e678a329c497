"""What is measured of runs: where they end, how long they take, when they catch up, which steps they bear."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from json import dumps, loads
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

import p2pbo
from p2pbo.topology import build
from p2pbo.trace import Trace, TraceRow
from theory.fits import fit_power

Settings = Mapping[str, Any]
Numbers = NDArray[np.float64]

NORM = "hypergradient_norm"
SETTLED = 0.5
"""The part of the rows, the last ones, over which a floor with noise is taken."""

ARRIVED = 1e-10
"""‖∇Φ(x̄)‖ at the solution, where it comes no nearer."""


def mixing_matrix(settings: Settings) -> Numbers:
    """Return the W of a run."""
    W = build(settings["topology"], settings["nodes"]).matrix()
    return np.eye(len(W)) - settings.get("share", 1.0) * (np.eye(len(W)) - W)


def gap(settings: Settings) -> float:
    """Return the spectral gap 1 − λ of a run's W."""
    return float(1 - np.sort(np.abs(np.linalg.eigvalsh(mixing_matrix(settings))))[-2])


def run(settings: Settings, seed: int, callback: Callable[[TraceRow], bool] | None = None) -> Trace:
    """Run a point with one seed, which draws its problem as well."""
    given = {"exact": "on", "threads": 1, **settings}
    if "share" in given:
        given["topology"] = mixing_matrix(settings)
        del given["share"]
    trace = p2pbo.run(**given, seed=seed, callback=callback)
    assert trace is not None
    return trace


def floor(
    settings: Settings, seeds: range, metric: str = NORM, power: int = 2, part: float = SETTLED
) -> list[float]:
    """Return the mean of a power of the metric over the last part of the rows; 0: the last row."""
    return [float(np.mean(last(run(settings, seed).values(metric), part) ** power)) for seed in seeds]


def last(values: Numbers, part: float) -> Numbers:
    """Return the last part of the values, and one at least."""
    return values[-max(1, int(part * len(values))) :]


def steps_to(settings: Settings, seeds: range, target: float, rows: int) -> list[float]:
    """Return the step at which the mean square of ‖∇Φ(x̄)‖ over so many rows first is at most ``target``²."""
    return [float(_steps_to(settings, seed, target, rows)) for seed in seeds]


def _steps_to(settings: Settings, seed: int, target: float, rows: int) -> int:
    last: deque[float] = deque(maxlen=rows)

    def reached(row: TraceRow) -> bool:
        last.append(row.metrics[NORM] ** 2)
        return len(last) == rows and float(np.mean(last)) <= target**2

    trace = run(settings, seed, reached)
    if trace.ended_by != "callback":
        raise RuntimeError(f"{settings} has not reached {target} in {settings['steps']} steps")
    return int(trace.values("step")[-1])


def transient(
    settings: Settings, seeds: range, biased: Sequence[float], noisy: Sequence[float]
) -> list[float]:
    """Return T = 1/α², where α is the step at which the ring's floor without noise is the complete graph's with noise.

    With steps 1/√t that is when the noise, N α, outgrows the floor of unequal nodes, which falls about as α². N is
    measured at a few steps, and so is that floor, which is continued as a power law; both are means over the seeds.
    """
    bias = fit_power(biased, [_floor_at(step, settings, seeds, 100, batch="all") for step in biased])
    central = {key: value for key, value in settings.items() if key != "share"} | {"topology": "complete"}
    # with mixing atc all rows on the complete graph are their average
    noise = [_floor_at(step, central, seeds, 300, batch=1, mixing="atc") / step for step in noisy]
    step = (float(np.mean(noise)) / bias.at(1)) ** (1 / (bias.slope - 1))
    return [step**-2]


def _floor_at(step: float, settings: Settings, seeds: range, length: int, **method: Any) -> float:
    given = {**settings, "settings": {**settings["settings"], **_steps(step), **method}}
    return _mean_floor(dumps(given | {"steps": int(length / step)}, sort_keys=True), seeds)


@cache
def _mean_floor(settings: str, seeds: range) -> float:
    given = loads(settings)
    return float(np.mean(floor(given, seeds, part=0.0 if given["settings"]["batch"] == "all" else SETTLED)))


def largest_step(settings: Settings, seeds: range, latency: float, most: float, ratio: float) -> list[float]:
    """Return the largest of the steps most, most/ratio, … with which asynchronous nodes come nearer in all steps.

    A message takes ``latency`` ms.
    """
    graph = nx.cycle_graph(settings["nodes"])
    nx.set_edge_attributes(graph, latency, "latency")
    given = {**settings, "topology": graph}
    return [_largest_step(given, seed, most, ratio) for seed in seeds]


def _largest_step(given: dict[str, Any], seed: int, most: float, ratio: float) -> float:
    step = most
    while not _comes_nearer({**given, "settings": {**given["settings"], **_steps(step)}}, seed):
        step /= ratio
    return step


def _comes_nearer(settings: Settings, seed: int) -> bool:
    try:
        norms = run(settings, seed).values(NORM)
    except p2pbo.Diverged:
        return False
    half = norms[len(norms) // 2]
    return bool(half < norms[0] and norms[-1] < max(half, ARRIVED))


def _steps(step: float) -> dict[str, float]:
    return {"alpha": step, "beta": step, "gamma": step}


MEASURES: dict[str, Callable[..., list[float]]] = {
    "floor": floor,
    "steps_to": steps_to,
    "transient": transient,
    "largest_step": largest_step,
}
"""The measures by name: each takes a run's settings, seeds and options of its own."""
