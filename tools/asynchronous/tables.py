"""The tables of the study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from asynchronous.speedups import ASYNCHRONOUS, SLOWNESSES

Speedups = Sequence[Mapping[str, Any]]
StableSteps = Mapping[str, Mapping[float, float]]
"""By graph: the largest stable step by latency, or by slowness."""


def speedup_table(found: Mapping[str, Speedups]) -> Table:
    """Return the times of rounds, and how they compare with those of asynchronous nodes, a row for each case."""
    heads = [f"{'equal nodes' if slow == 1 else f'one {slow:g}× slower'}" for slow in SLOWNESSES]
    table = Table("case", "method", *heads, *(f"/ asynchronous, {head}" for head in heads), "step sizes")
    for case, speedups in found.items():
        (without,) = (each["times"] for each in speedups if each["method"] == ASYNCHRONOUS)
        for each in speedups:
            times = [f"{time:.0f}" for time in each["times"]]
            ratios = [f"{time / ready:.2f}" for time, ready in zip(each["times"], without, strict=True)]
            steps = " | ".join(_steps(steps) for steps in _different(each["steps"]))
            table.add_row(case, each["method"], *times, *ratios, steps)
    return table


def stable_table(title: str, found: StableSteps) -> Table:
    """Return the largest stable steps, a row for each graph."""
    columns = list(dict.fromkeys(value for steps in found.values() for value in steps))
    table = Table(title, *(f"{value:g}" for value in columns))
    for graph, steps in found.items():
        table.add_row(graph, *(f"{steps[value]:.2g}" for value in columns))
    return table


def _steps(steps: Mapping[str, float]) -> str:
    return " ".join(f"{name}={step:.3g}" for name, step in steps.items())


def _different(steps: Sequence[Mapping[str, float]]) -> list[Mapping[str, float]]:
    return [each for i, each in enumerate(steps) if each not in steps[:i]]
