"""``p2pbo compare``: the cost of runs until they reach a target."""

from __future__ import annotations

from typing import Annotated

import typer

from p2pbo import analysis
from p2pbo.analysis.comparison.formats import TEXT_FORMATS, comparison_table
from p2pbo.cli.terminal import Terminal
from p2pbo.cli.traces import Traces, traces_in
from p2pbo.errors import InputError


def compare(
    traces: Traces,
    target: Annotated[
        str,
        typer.Option(
            "--target",
            metavar="METRIC=VALUE",
            help="What to reach: at most VALUE, of accuracies at least; p2pbo show lists the metrics of a trace.",
        ),
    ],
    sort: Annotated[
        str, typer.Option("--sort", help=f"By which cost to sort: {', '.join(analysis.COSTS)}.")
    ] = "megabytes",
    force: Annotated[
        bool, typer.Option("--force", help="Compare runs of different problems or data too.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV, and nothing else.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown table.")] = False,
    latex: Annotated[bool, typer.Option("--latex", help="Print a LaTeX table (booktabs).")] = False,
) -> None:
    """Compare what runs took to reach a target: iterations, MB sent per node and seconds.

    Runs that differ by seed alone are one row: mean ± standard error over the seeds that reached the target.

    A run reaches it at its first logged row that does; nothing is interpolated between logged rows.

    The best value seen is that of each seed, also of those that did not reach the target, on average.
    """
    asked = [name for name, given in zip(TEXT_FORMATS, (json, csv, markdown, latex), strict=True) if given]
    if len(asked) > 1:
        flags = " and ".join(f"--{name}" for name in asked)
        raise InputError(flags, "exclude each other", "give one of them")
    comparison = analysis.compare_traces(traces_in(traces), analysis.Target.parse(target), force, sort)
    if asked:
        print(TEXT_FORMATS[asked[0]](comparison))
    else:
        Terminal().print(comparison_table(comparison))
