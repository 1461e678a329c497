"""The table of what a step of each method costs, for the terminal and the documentation."""

from __future__ import annotations

from collections.abc import Iterable

from p2pbo.algorithms import ALGORITHMS, Composition
from step_costs.counting import step_cost
from step_costs.step_times import StepTimes


def header(times: StepTimes) -> tuple[str, ...]:
    """Return the names of the columns."""
    counted = ("method", "class", "oracle calls", "rounds", "numbers sent", "bytes sent")
    return (*counted, "µs", f"times {times.reference}")


def row(name: str, times: StepTimes) -> tuple[str, ...]:
    """Return the row of a method.

    Raises:
        InputError: it was not measured.
    """
    cost, ratio = step_cost(name), times.ratio(name)
    kind = "composition" if isinstance(ALGORITHMS.make(name), Composition) else "listing"
    sent = 8 * cost.numbers.at(times.setting.dim_x, times.setting.dim_y)
    time = (f"{ratio * times.microseconds:,.0f}", f"{ratio:.1f}")
    return name, kind, cost.calls, str(cost.rounds), str(cost.numbers), f"{sent:,}", *time


def markdown(names: Iterable[str], times: StepTimes) -> str:
    """Return the table of these methods in Markdown.

    Raises:
        InputError: one of them was not measured.
    """
    cells = [(f"`{name}`", *others) for name, *others in (row(name, times) for name in names)]
    ruled = ["---"] * 3 + ["--:"] * 5
    return "".join(f"| {' | '.join(line)} |\n" for line in (header(times), ruled, *cells))
