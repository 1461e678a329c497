"""``p2pbo show``: what traces hold and the figures they end with."""

from __future__ import annotations

from json import dumps
from typing import Annotated

import typer

from p2pbo.analysis import facts_table, final_table, summary
from p2pbo.cli.terminal import Terminal
from p2pbo.cli.traces import Traces, traces_in


def show(
    traces: Traces,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON list, one object a trace.")] = False,
) -> None:
    """Show what traces hold: method, problem, topology, status and final figures."""
    opened = traces_in(traces)
    if json:
        print(dumps([summary(trace).as_json() for trace in opened], indent=2, allow_nan=False))
        return
    console = Terminal()
    for trace in opened:
        console.print(facts_table(trace))
        console.print(final_table(trace))
