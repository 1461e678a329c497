"""``p2pbo launch``: ``p2pbo run`` on ranks that it starts itself."""

from __future__ import annotations

from typing import Annotated

import typer
from typer.core import TyperGroup

from p2pbo.cli.flags import describe


def launch(
    context: typer.Context,
    ranks: Annotated[int, typer.Option("-n", min=1, help="Ranks to start on this machine.")],
) -> None:
    """Start P ranks with the MPI of this Python and do `p2pbo run` on them.

    All other arguments are those of `p2pbo run` (see `p2pbo run --help`): [RUN.toml] --algorithm --problem --data
    --topology --nodes --steps --seed --out --set … A description that cannot run is refused before any rank starts.
    """
    from p2pbo.runner.launcher import launch as start

    _check(context)
    raise typer.Exit(start(ranks, ["-m", "p2pbo", "run", *context.args]))


def _check(context: typer.Context) -> None:
    """Parse the run's arguments here, so that a mistake is one line and not one per rank."""
    parent = context.parent
    assert parent is not None and isinstance(parent.command, TyperGroup)
    values = parent.command.commands["run"].make_context("run", list(context.args), parent=parent).params
    source, assignments = values.pop("source"), values.pop("assignments")
    values.pop("quiet")
    describe(source, values, assignments).resolve()
