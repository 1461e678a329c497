"""``p2pbo topology``: the spectral gap of graphs and mixing weights, before anything runs on them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from p2pbo.analysis.plots.topology import plot_topology
from p2pbo.cli.commands.topology_study import print_study
from p2pbo.cli.directed_rows import directed_rows
from p2pbo.cli.terminal import Terminal
from p2pbo.config.value_lists import as_text, parse_values
from p2pbo.errors import InputError
from p2pbo.shipped import shipped_topologies
from p2pbo.topology import GRAPHS, WEIGHTS, SpectralReport, Topology, build, spectral_report
from p2pbo.topology.build import AUTO
from p2pbo.topology.directed_topology import DirectedTopology
from p2pbo.topology.files import READERS
from p2pbo.topology.files.graphml_writer import write_graphml
from p2pbo.topology.spectrum.directed_report import DirectedReport, directed_report
from p2pbo.topology.stored_weights import describe_weights

_FAMILIES = ", ".join(GRAPHS[name].usage for name in GRAPHS)
_SHIPPED = ", ".join(shipped_topologies())
_FILES = ", ".join(READERS)
_WEIGHTINGS = ", ".join(WEIGHTS[name].usage for name in WEIGHTS)


def topology(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME[,NAME...]",
            help=f"A family ({_FAMILIES}), a file ({_FILES}), or one that comes with p2pbo ({_SHIPPED}).",
        ),
    ],
    nodes: Annotated[
        str | None,
        typer.Option(
            metavar="K[,K...]",
            help="How many nodes, such as 16 or 8,16,32; a file or torus:3x5 says it itself.",
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
    names = [as_text(one) for one in parse_values("topology", name)]
    sizes = _sizes(nodes)
    if len(names) == len(sizes) == 1:
        _report(build(names[0], sizes[0], weights, seed, undirected), plot, as_json, save)
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


def _report(built: Topology, plot: Path | None, as_json: bool, save: Path | None) -> None:
    report = directed_report(built) if isinstance(built, DirectedTopology) else spectral_report(built)
    if save is not None:
        write_graphml(built, save)
    if plot is not None:
        if isinstance(report, DirectedReport):
            raise InputError(
                f"--plot {plot}", f"draws no directed graph, and {built.name} is one", "leave it out"
            )
        plot_topology(built, report, plot)
    if as_json:
        print(json.dumps(report.asdict(), indent=2))
        return
    console = Terminal(highlight=False)
    console.print(f"{report.topology}, {describe_weights(report.weights)}\n", style="italic", soft_wrap=True)
    console.print(_table(directed_rows(report) if isinstance(report, DirectedReport) else _rows(report)))
    if isinstance(report, DirectedReport) and (warning := report.warning()):
        console.print(f"\n{warning}", soft_wrap=True)
    for path in (save, plot):
        if path is not None:
            console.print(f"wrote {path}", soft_wrap=True)


def _table(rows: list[tuple[str, str, str]]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column("", style="bold", no_wrap=True)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("", style="dim")
    for label, value, meaning in rows:
        table.add_row(label, value, meaning)
    return table


def _rows(r: SpectralReport) -> list[tuple[str, str, str]]:
    doubt = f" ± {r.effective_neighbours_error:.1g}" if r.effective_neighbours_error else ""
    at_least, bound = ("", "") if r.diameter_exact else ("≥ ", ", at least")
    degrees = f"{r.degree_min} / {r.degree_mean:.3g} / {r.degree_max}"
    return [
        ("nodes K", f"{r.nodes}", ""),
        ("edges", f"{r.edges}", "each carries messages both ways"),
        ("degree", degrees, "fewest, mean, most neighbours of a node"),
        ("diameter", f"{at_least}{r.diameter}", f"hops between the farthest nodes{bound}"),
        ("λ₂", f"{r.lambda_2:.9f}", "second largest eigenvalue of W"),
        ("λ_K", f"{r.lambda_k:.9f}", "smallest eigenvalue of W"),
        ("λ = max(|λ₂|, |λ_K|)", f"{r.contraction:.9f}", "disagreement left by a round, at worst"),
        ("spectral gap 1 − λ", f"{r.gap:.4g}", "the larger, the faster the agreement"),
        ("rounds to halve", f"{r.rounds_to_halve:.4g}", "that halve a disagreement, at worst"),
        (
            "effective neighbours",
            f"{r.effective_neighbours:.4g}{doubt}",
            f"nodes averaged (Vogels 2022, γ = {r.gamma})",
        ),
        ("floats a round", f"{r.floats_per_round}", "sent by all, per entry of a variable"),
        ("floats a round, node", f"{r.floats_per_round_node}", "sent by the busiest node"),
    ]
