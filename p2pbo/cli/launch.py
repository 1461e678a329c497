"""``p2pbo launch``: ``p2pbo run`` on ranks that it starts itself."""

from __future__ import annotations

from typing import Annotated

import typer
from typer.core import TyperGroup

from p2pbo.cli.flags import describe
from p2pbo.network import Placement
from p2pbo.topology import build


def launch(
    context: typer.Context,
    ranks: Annotated[int, typer.Option("-n", min=1, help="Ranks to start on this machine.")],
) -> None:
    """Start P ranks with the MPI of this Python and do `p2pbo run` on them.

    All other arguments are those of `p2pbo run` (see `p2pbo run --help`): [RUN.toml] --algorithm --problem --data
    --topology --nodes --steps --seed --out --set … Unknown names, refused settings and topologies, and more ranks than
    nodes are found before any rank starts.
    """
    from p2pbo.runner.launcher import launch as start

    _check(context, ranks)
    raise typer.Exit(start(ranks, ["-m", "p2pbo", "run", *context.args]))


def _check(context: typer.Context, ranks: int) -> None:
    """Check the run's arguments here, so that a mistake is one line, without the launcher's remarks on failed ranks."""
    parent = context.parent
    assert parent is not None and isinstance(parent.command, TyperGroup)
    values = parent.command.commands["run"].make_context("run", list(context.args), parent=parent).params
    source, assignments = values.pop("source"), values.pop("assignments")
    values.pop("quiet")
    description = describe(source, values, assignments).resolve()
    graph = description.topology
    topology = build(graph.name, description.nodes, graph.weights, description.seed)
    Placement(topology.nodes, ranks)
