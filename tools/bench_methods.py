"""What a step of every method costs: oracle calls, rounds, what it sends, and its time beside the others'.

Calls and numbers are counted, times measured: quadratics of 100 entries, 8 nodes on a ring in this process, batches of
16 rows, one thread; every method beside one of them, in turns.
Usage: python tools/bench_methods.py [--json FILE] [--markdown FILE]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import torch  # noqa: F401 - before threads are limited
import typer
from rich.console import Console
from rich.table import Table
from step_costs.cost_table import header, markdown, row
from step_costs.step_times import Setting, StepTimes
from step_costs.timing import step_times

from p2pbo.algorithms import ALGORITHMS
from p2pbo.network import Ranks
from p2pbo.runner.process.heap import retained_heap
from p2pbo.runner.process.threads import thread_limit


def print_table(times: StepTimes) -> None:
    """Print a row for each method that was measured."""
    table = Table(*header(times))
    for name in times.ratios:
        table.add_row(*row(name, times))
    Console().print(table)


def main(
    methods: Annotated[
        list[str] | None, typer.Option("--method", help="Only this one; may be given again.")
    ] = None,
    turns: Annotated[int, typer.Option(min=1, help="Repeats of all methods.")] = 51,
    output: Annotated[Path | None, typer.Option("--json", help="Also write the times here.")] = None,
    text: Annotated[Path | None, typer.Option("--markdown", help="Also write the table here.")] = None,
) -> None:
    """Count and measure, print a table, write JSON and Markdown."""
    with thread_limit(1, Ranks()), retained_heap():
        times = step_times(methods or ALGORITHMS, turns, Setting())
    print_table(times)
    if output is not None:
        times.write(output)
    if text is not None:
        text.write_text(markdown(times.ratios, times), encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
