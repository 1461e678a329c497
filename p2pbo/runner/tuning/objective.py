"""What trials are judged by: a metric at the end of a trial, and what the trial has spent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from p2pbo.analysis.comparison import COSTS
from p2pbo.analysis.formatting import display_unit
from p2pbo.errors import InputError, did_you_mean
from p2pbo.trace import SCHEMA, TraceRow
from p2pbo.trace.target import Target, is_spent


def row_values(row: TraceRow) -> dict[str, float]:
    """Return all that a row tells, of every node as the mean over the nodes."""
    means = {name: float(values.mean()) for name, values in row.node_metrics.items()}
    return {"step": float(row.step), **row.metrics, **means}


@dataclass(frozen=True)
class Objective:
    """A metric of rows; larger values are better where it is an accuracy, else smaller ones."""

    metric: str

    @property
    def direction(self) -> Literal["minimize", "maximize"]:
        """The direction in which it is better, as Optuna says it."""
        return "maximize" if Target(self.metric, 0).rising else "minimize"

    def rank(self, value: float) -> float:
        """Return a sort key of a value: smaller for better ones, infinite for NaN."""
        return Target(self.metric, 0).rank(value)

    def value(self, row: TraceRow) -> float:
        """Return its value in a row."""
        return row_values(row)[self.metric]

    def check(self, row: TraceRow, subject: str) -> None:
        """Check that the rows of ``subject`` tell it.

        Raises:
            InputError: they do not, or it is a cost.
        """
        if is_spent(self.metric):
            raise InputError(
                f"--metric {self.metric}", "is what runs spend", "give a loss, an accuracy or an error"
            )
        known = [name for name in row_values(row) if not is_spent(name)]
        if self.metric not in known:
            cause = f"is in no row of {subject}"
            raise InputError(f"--metric {self.metric}", cause, did_you_mean(self.metric, known))


@dataclass(frozen=True)
class Budget:
    """What the trials of a method may spend together: iterations, megabytes per node, modelled or wall seconds.

    Attributes:
        amount: the most.
        unit: the name of the cost, as ``p2pbo compare --sort`` has it.
    """

    amount: float
    unit: str = "iterations"

    def __post_init__(self) -> None:
        if self.unit not in COSTS:
            raise InputError(f"--budget-unit {self.unit}", "is not known", did_you_mean(self.unit, COSTS))
        if not 0 < self.amount < float("inf"):
            raise InputError(f"--budget {self.amount:g}", "is nothing to spend", "give a number above 0")

    def spent(self, row: TraceRow) -> float:
        """Return what a run has spent up to a row.

        Raises:
            InputError: rows do not tell.
        """
        metric = COSTS[self.unit].metric
        values = row_values(row)
        if metric not in values:
            cause = f"asks for {metric}, which the runs do not tell"
            remedy = "give edges a bandwidth and a latency, or choose another unit"
            raise InputError(f"--budget-unit {self.unit}", cause, remedy)
        return values[metric] * display_unit(SCHEMA[metric].units)[0]

    def __str__(self) -> str:
        return f"{self.amount:,.10g} {self.heading}"

    @property
    def heading(self) -> str:
        """What is counted, as tables call it."""
        return COSTS[self.unit].heading
