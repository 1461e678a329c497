"""The argument ``TRACE...`` of the commands that read traces: files, and folders of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from p2pbo.errors import InputError
from p2pbo.trace import Trace
from p2pbo.trace.reading.reader import open_silently, warn_of_versions

Traces = Annotated[
    list[Path],
    typer.Argument(
        metavar="TRACE...", help="Traces, also of runs still going on; a folder stands for all its *.h5."
    ),
]


def traces_in(paths: Iterable[Path]) -> list[Trace]:
    """Open the traces ``paths``, of a folder all its ``*.h5`` by name, and return them.

    Raises:
        InputError: a folder holds none, or a file does not exist, is truncated or is not a trace.
    """
    traces = [open_silently(file) for path in paths for file in _files(path)]
    warn_of_versions(traces)
    return traces


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(path.glob("*.h5"))
    if not found:
        raise InputError(f"{path}", "is a folder without traces (*.h5)", "give the folder that holds them")
    return found
