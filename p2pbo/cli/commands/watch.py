"""``p2pbo watch``: a run that goes on, seen from another terminal."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.live import Live

from p2pbo.cli.terminal import Terminal
from p2pbo.cli.watch_view import WatchView
from p2pbo.trace import open_trace
from p2pbo.trace.reading.following import follow

PERIOD = 1.0
"""Seconds between looks at the trace."""

PATIENCE = 600.0
"""Seconds without a row after which nobody watches a run any more that may have ended without a word."""


def watch(
    path: Annotated[Path, typer.Argument(metavar="TRACE", help="The trace that a run is writing.")],
) -> None:
    """Watch a run that goes on: its last row, and the curve of its loss.

    The view is made anew each second until the run ends; outside a terminal each logged row is a line. The last line
    says how the run has ended. Of a run on another host nobody can tell whether it still goes on when no rows come; ten
    minutes without any end the watch. Ctrl-C ends it (130), and leaves the run alone.
    """
    trace, console = open_trace(path), Terminal()
    view = WatchView(trace)
    with Live(console=console, auto_refresh=False) if console.is_terminal else nullcontext() as screen:
        for look in follow(trace, PERIOD, PATIENCE):
            lines = view.add(look)
            if screen is not None:
                screen.update(view, refresh=True)
            else:
                print("\n".join(lines), end="\n" * bool(lines), flush=True)
    console.print(view.end, soft_wrap=True, highlight=False)
