"""``p2pbo topology NAME,NAME --nodes K,K``: topologies and sizes side by side."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from p2pbo.analysis.plots.figures import check_format
from p2pbo.analysis.plots.study import plot_study
from p2pbo.cli.terminal import Terminal
from p2pbo.topology.spectrum.measured_mixing import MOST_ROUNDS
from p2pbo.topology.stored_weights import describe_weights
from p2pbo.topology.study import DRAWS, ENTRY_BYTES, RefusedTopology, StudiedTopology, study_topologies

MISSING = "–"

_HEADINGS = (
    "K", "spectral\ngap", "λ", "bytes\nof all", "busiest\nnode", "to halve:\npredicted", "measured", "early",
)  # fmt: skip
_NOTES = f"""\
Bytes a round: for each entry of a variable ({ENTRY_BYTES} bytes, float64), sent by all and by the busiest node.
Rounds to halve a disagreement: predicted from λ, at worst; in a run of pure averaging from a random start, early \
(on average until a tenth is left) and measured (once steady; {MISSING} not within {MOST_ROUNDS:,} rounds)."""


def print_study(
    names: Sequence[str],
    sizes: Sequence[int | None],
    weights: str,
    seed: int,
    undirected: bool,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Study every topology at every size; print a table, or JSON: a list with an object for each row.

    Raises:
        InputError: as ``study_topologies`` and ``plot_study`` raise it.
    """
    if plot is not None:
        check_format(plot)
    rows = study_topologies(names, sizes, weights, seed, undirected)
    if plot is not None:
        plot_study(rows, plot)
    if as_json:
        print(json.dumps([row.asdict() for row in rows], indent=2))
        return
    console = Terminal(highlight=False)
    console.print(f"{_weights(rows)}\n", style="italic", soft_wrap=True)
    console.print(_table(rows))
    console.print(f"\n{_NOTES}", style="dim")
    for row in rows:
        if isinstance(row, StudiedTopology) and row.lowest_gap < row.highest_gap:
            console.print(_draws(row), soft_wrap=True)
    for refused in (row for row in rows if isinstance(row, RefusedTopology)):
        console.print(f"refused: {refused.refused}", soft_wrap=True)
    if plot is not None:
        console.print(f"wrote {plot}", soft_wrap=True)


def _weights(rows: Sequence[StudiedTopology | RefusedTopology]) -> str:
    """Return a text about the weights of all rows, by topology where they are not all the same."""
    rowed: dict[str, list[str]] = {}
    for row in rows:
        if isinstance(row, StudiedTopology):
            rowed.setdefault(row.weights, []).append(row.topology)
    if len(rowed) == 1:
        return describe_weights(*rowed)
    return "; ".join(
        f"{', '.join(dict.fromkeys(names))}: {describe_weights(kind)}" for kind, names in rowed.items()
    )


def _table(rows: Sequence[StudiedTopology | RefusedTopology]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("topology", overflow="fold", vertical="bottom")
    for heading in _HEADINGS:
        table.add_column(heading, justify="right", no_wrap=True, vertical="bottom")
    for row in rows:
        table.add_row(Text(row.topology), *_cells(row))
    return table


def _draws(row: StudiedTopology) -> str:
    low, high = row.lowest_gap, row.highest_gap
    return f"{row.topology}, K = {row.nodes}: spectral gap {low:.3g} to {high:.3g} over {DRAWS} draws"


def _cells(row: StudiedTopology | RefusedTopology) -> list[str]:
    if isinstance(row, RefusedTopology):
        return [MISSING if row.nodes is None else f"{row.nodes}", "refused"]
    return [
        f"{row.nodes}",
        f"{row.gap:.4g}",
        f"{row.contraction:.6f}",
        f"{row.bytes_per_round:,}",
        f"{row.bytes_per_round_node:,}",
        *map(_rounds, (row.rounds_to_halve, row.measured_rounds_to_halve, row.early_rounds_to_halve)),
    ]


def _rounds(rounds: float | None) -> str:
    if rounds is None:
        return MISSING
    return f"{rounds:.4g}" if rounds < 1000 else f"{rounds:,.0f}"
