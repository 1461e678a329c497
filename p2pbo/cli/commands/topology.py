"""``p2pbo topology``: the spectral gap of graphs and mixing weights, before anything runs on them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from p2pbo.cli.commands.topology_report import print_report
from p2pbo.cli.commands.topology_study import print_study
from p2pbo.config.value_lists import as_text, parse_values
from p2pbo.errors import InputError
from p2pbo.shipped import shipped_topologies
from p2pbo.topology import GRAPHS, WEIGHTS, build
from p2pbo.topology.build import AUTO
from p2pbo.topology.files import READERS
from p2pbo.topology.graph_rounds import graphs_in_turn

_FAMILIES = ", ".join(GRAPHS[name].usage for name in GRAPHS)
_SHIPPED = ", ".join(shipped_topologies())
_FILES = ", ".join(READERS)
_WEIGHTINGS = ", ".join(WEIGHTS[name].usage for name in WEIGHTS)


def topology(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME[,NAME...]",
            help=f"A family ({_FAMILIES}), a file ({_FILES}), or one that comes with p2pbo ({_SHIPPED}).",
            show_default=False,
        ),
    ] = None,
    nodes: Annotated[
        str | None,
        typer.Option(
            metavar="K[,K...]",
            help="How many nodes, such as 16 or 8,16,32; a file or torus:3x5 says it itself.",
        ),
    ] = None,
    schedule: Annotated[
        str | None,
        typer.Option(
            "--topology-schedule",
            metavar="NAME,...",
            help="In the place of NAME: graphs in turn, one a round; reports on their union and on a period.",
        ),
    ] = None,
    weights: Annotated[
        str,
        typer.Option(
            metavar="W",
            help=f"The mixing weights: {_WEIGHTINGS}; file: the mixing_weight of a file's edges.",
            show_default="file where there are any, else metropolis",
        ),
    ] = AUTO,
    seed: Annotated[
        int, typer.Option(help="Of the families that are drawn at random, and of a study's random starts.")
    ] = 0,
    undirected: Annotated[
        bool, typer.Option("--undirected", help="Take a directed graph for the drawing of an undirected one.")
    ] = False,
    plot: Annotated[
        Path | None,
        typer.Option(
            metavar="PNG", help="Draw the graph and its spectrum, or the study's figures (PNG, SVG or PDF)."
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the report as JSON, and nothing else.")
    ] = False,
    save: Annotated[
        Path | None,
        typer.Option(metavar="GRAPHML", help="Write the graph, each edge with its mixing_weight."),
    ] = None,
) -> None:
    """Report on a topology: its graph, mixing weights and spectral gap; or study several side by side.

    Several names or several K make a study: the spectral gap, the bytes of a round, and how many rounds halve a
    disagreement, as predicted from the gap and as measured in a run of pure averaging from a random start. Such a
    start is the average case at first, and comes to the worst case, which is what the gap predicts.
    """
    sizes = _sizes(nodes)
    if schedule is not None:
        if name is not None:
            raise InputError(
                f"topology {name}", "and --topology-schedule exclude each other", "leave one of them out"
            )
        if len(sizes) > 1:
            raise InputError(f"--nodes {nodes}", "asks for a study, and this is one schedule", "write one K")
        graphs = graphs_in_turn(schedule)
        print_report(build(graphs, sizes[0], weights, seed, undirected), plot, as_json, save)
        return
    if name is None:
        cause = "has no graph to report on"
        raise InputError(
            "p2pbo topology", cause, "name one, such as ring, or several in turn by --topology-schedule"
        )
    names = [as_text(one) for one in parse_values("topology", name)]
    if len(names) == len(sizes) == 1:
        print_report(build(names[0], sizes[0], weights, seed, undirected), plot, as_json, save)
    elif save is not None:
        raise InputError(
            f"--save {save}", "takes one graph, and this is a study of several", "name one topology and K"
        )
    else:
        print_study(names, sizes, weights, seed, undirected, plot, as_json)


def _sizes(nodes: str | None) -> list[int | None]:
    """Return the numbers of nodes that were asked for; None where a graph says it itself."""
    if nodes is None:
        return [None]
    sizes = parse_values("--nodes", nodes)
    for size in sizes:
        if type(size) is not int:
            raise InputError(f"--nodes {size}", "is no number of nodes", "write one K, or several: 8,16,32")
    return sizes
