"""What ``--paired`` compares runs by, from the flags that ``p2pbo compare`` and ``p2pbo report`` share."""

from __future__ import annotations

from typing import Annotated

import typer

from p2pbo import analysis
from p2pbo.errors import InputError

SORT = "megabytes"
METRIC = "upper_loss"

PairedMetric = Annotated[
    str | None,
    typer.Option(
        "--metric", help="Whose last values --paired compares without a --target.", show_default=METRIC
    ),
]


def paired_figure(target: analysis.Target | None, sort: str | None, metric: str | None) -> analysis.Figure:
    """Return what pairs of runs are compared by: the last value of a metric, or a cost of reaching a target.

    Raises:
        InputError: the flags exclude each other, or there is no such cost.
    """
    if target is None:
        if sort is not None:
            raise InputError(
                f"--sort {sort}", "is a cost of reaching a target", "add --target, or leave it out"
            )
        return analysis.final_figure(metric or METRIC)
    if metric is not None:
        raise InputError("--metric and --target", "exclude each other", "give one of them")
    return analysis.cost_figure(analysis.known_cost(sort or SORT), target)
