"""``p2pbo compare``: the cost of runs until they reach a target, or their differences seed by seed."""

from __future__ import annotations

from typing import Annotated

import typer

from p2pbo import analysis
from p2pbo.analysis.comparison.formats import TEXT_FORMATS, comparison_table
from p2pbo.analysis.comparison.paired_formats import PAIRED_TEXT_FORMATS, paired_table
from p2pbo.cli.paired_figure import SORT, PairedMetric, paired_figure
from p2pbo.cli.terminal import Terminal
from p2pbo.cli.traces import Traces, traces_in
from p2pbo.errors import InputError


def compare(
    traces: Traces,
    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            metavar="METRIC=VALUE",
            help="What to reach: at most VALUE, of accuracies at least; p2pbo show lists the metrics of a trace.",
        ),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(
            "--sort",
            help=f"By which cost to sort, and with --paired which cost to compare: {', '.join(analysis.COSTS)}.",
            show_default=SORT,
        ),
    ] = None,
    paired: Annotated[
        bool,
        typer.Option(
            "--paired",
            help="Compare every two rows seed by seed: mean difference, 95 % interval, verdict; of the last values, or "
            "of the costs to a --target.",
        ),
    ] = False,
    metric: PairedMetric = None,
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            metavar="PART,…",
            help="With --paired, only what differs in nothing but these parts: algorithm, codec, topology, …",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Compare runs of different problems or data too.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV, and nothing else.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown table.")] = False,
    latex: Annotated[bool, typer.Option("--latex", help="Print a LaTeX table (booktabs).")] = False,
) -> None:
    """Compare what runs took to reach a target: iterations, MB sent per node and seconds.

    Runs that differ by their seeds alone are one row: mean ± standard error over the seeds that reached the target.

    A run reaches it at its first logged row that does; nothing is interpolated between logged rows.

    The best value seen is that of each seed, also of those that did not reach the target, on average.

    --paired says which rows the seeds tell apart: it takes the differences of runs with the same seed and data.
    """
    asked = [name for name, given in zip(TEXT_FORMATS, (json, csv, markdown, latex), strict=True) if given]
    if len(asked) > 1:
        flags = " and ".join(f"--{name}" for name in asked)
        raise InputError(flags, "exclude each other", "give one of them")
    wanted = None if target is None else analysis.Target.parse(target)
    if paired:
        figure = paired_figure(wanted, sort, metric)
        parts = by.split(",") if by else ()
        pairs = analysis.compare_pairs(traces_in(traces), figure, force, parts)
        print(PAIRED_TEXT_FORMATS[asked[0]](pairs)) if asked else Terminal().print(paired_table(pairs))
        return
    for flag, value in (("--metric", metric), ("--by", by)):
        if value is not None:
            raise InputError(f"{flag} {value}", "is for --paired", "add that, or leave it out")
    if wanted is None:
        raise InputError("compare", "lacks a --target", "give one such as upper_loss=0.35, or --paired")
    comparison = analysis.compare_traces(traces_in(traces), wanted, force, sort or SORT)
    print(TEXT_FORMATS[asked[0]](comparison)) if asked else Terminal().print(comparison_table(comparison))
