"""``p2pbo show``: the contents of traces and their final metrics."""

from __future__ import annotations

from json import dumps
from pathlib import Path
from typing import Annotated

import typer

from p2pbo.analysis import facts_table, final_table, summarize
from p2pbo.cli.terminal import Terminal
from p2pbo.cli.traces import Traces, traces_in
from p2pbo.errors import InputError
from p2pbo.trace import Trace, open_trace


def show(
    traces: Traces,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON list, one object a trace.")] = False,
    copy: Annotated[
        Path | None,
        typer.Option(
            "--copy",
            metavar="FILE",
            help="Write the trace, as far as its run has come, to one file for other programs, and show that.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Let --copy replace a file.")] = False,
) -> None:
    """Show what traces hold: method, problem, topology, status and final figures."""
    opened = traces_in(traces)
    if copy is not None:
        opened = [_copied(opened, copy, force)]
    if json:
        print(dumps([summarize(trace).as_json() for trace in opened], indent=2, allow_nan=False))
        return
    console = Terminal()
    for trace in opened:
        console.print(facts_table(trace))
        console.print(final_table(trace))


def _copied(traces: list[Trace], path: Path, force: bool) -> Trace:
    if len(traces) > 1:
        raise InputError("--copy", f"copies one trace and got {len(traces)}", "give one trace")
    if path.exists() and not force:
        raise InputError(f"{path}", "exists already", "choose another file, or replace it with --force")
    traces[0].save(path, overwrite=force)
    return open_trace(path)
