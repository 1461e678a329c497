"""``p2pbo topology NAME``: the report on one topology, or on several that are there in turn."""

from __future__ import annotations

import json
from pathlib import Path

from rich.table import Table

from p2pbo.analysis.plots.directed_topology import plot_directed_topology
from p2pbo.analysis.plots.topology import plot_topology
from p2pbo.cli.directed_rows import directed_rows
from p2pbo.cli.terminal import Terminal
from p2pbo.topology import SpectralReport, Topology, spectral_report
from p2pbo.topology.directed_topology import DirectedTopology
from p2pbo.topology.files.graphml_writer import write_graphml
from p2pbo.topology.spectrum.directed_report import DirectedReport, directed_report
from p2pbo.topology.stored_weights import describe_weights


def print_report(built: Topology, plot: Path | None, as_json: bool, save: Path | None) -> None:
    """Print the report on a topology as a table or as JSON, and write what files are asked for.

    Raises:
        InputError: a file cannot be written, or its format holds no such topology.
    """
    if save is not None:
        write_graphml(built, save)
    report: DirectedReport | SpectralReport
    if isinstance(built, DirectedTopology):
        report = directed_report(built)
        rows, warning = directed_rows(report), report.warning()
        if plot is not None:
            plot_directed_topology(built, report, plot)
    else:
        report = spectral_report(built)
        rows, warning = _rows(report), None
        if plot is not None:
            plot_topology(built, report, plot)
    if as_json:
        print(json.dumps(report.asdict(), indent=2))
        return
    console = Terminal(highlight=False)
    console.print(f"{report.topology}, {describe_weights(report.weights)}\n", style="italic", soft_wrap=True)
    console.print(_table(rows))
    if warning is not None:
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
