"""The formats of a comparison: a table for the terminal, Markdown, LaTeX, CSV and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NamedTuple

from rich.table import Table
from rich.text import Text

from p2pbo.analysis.comparison.compare import COSTS, Comparison, ComparisonRow
from p2pbo.analysis.comparison.terminal_table import MISSING, open_table
from p2pbo.analysis.comparison.text_tables import (
    csv_text,
    latex,
    latex_table,
    markdown,
    markdown_table,
    mathematics,
)
from p2pbo.trace import COMPLETED
from p2pbo.trace.attributes import STEPS

COMPARISON_NOTE = "mean ± standard error over the seeds that reached it, at the first logged row that does"


class Cell(NamedTuple):
    """A cell of a table: the texts of mean and error, none if missing, and whether it is the best of its column."""

    figures: tuple[str, ...]
    best: bool


def comparison_table(comparison: Comparison) -> Table:
    """Return the table for the terminal; the best of each column is bold and has a star."""
    label, *others = _headings(comparison)
    drawn = open_table(f"{comparison}", f"{COMPARISON_NOTE}; * best")
    drawn.add_column(label, overflow="fold")
    for heading in others:
        drawn.add_column(heading, justify="right", overflow="fold")
    early = [row for row in comparison.rows if not {STEPS, COMPLETED}.issuperset(row.ended)]
    if early:
        drawn.add_column("ended by", overflow="fold")
    for row in comparison.rows:
        figures = [
            Text(f"{'* ' * best}{' ± '.join(figure) or MISSING}", style="bold" if best else "")
            for figure, best in _cells(comparison, row)
        ]
        drawn.add_row(Text(row.label), _reached(row), *figures, *[Text(", ".join(row.ended))] * bool(early))
    return drawn


def as_json(comparison: Comparison) -> str:
    """Return a comparison as the text of its JSON."""
    return json.dumps(comparison.as_json(), indent=2, allow_nan=False)


def as_csv(comparison: Comparison) -> str:
    """Return a comparison as CSV: a line for each group, values with all digits, missing ones empty."""
    names = ["best", *(cost.name for cost in COSTS.values())]
    heads = [head for name in names for head in (name, f"{name}_error")]

    def line(row: ComparisonRow) -> list[str | float | None]:
        figures = [row.figure(name) for name in names]
        pairs = [(figure.mean, figure.error) if figure else (None, None) for figure in figures]
        return [row.label, row.seeds, row.reached, *(number for pair in pairs for number in pair)]

    return csv_text(["label", "seeds", "reached", *heads], map(line, comparison.rows))


def as_markdown(comparison: Comparison) -> str:
    """Return a comparison as a pipe table below its title; the best of each column is bold."""

    def cell(figures: tuple[str, ...], best: bool) -> str:
        text = " ± ".join(figures) or MISSING
        return f"**{text}**" if best else text

    rows = [
        [markdown(row.label), _reached(row), *(cell(*held) for held in _cells(comparison, row))]
        for row in comparison.rows
    ]
    caption = f"{markdown(str(comparison))} ({COMPARISON_NOTE})."
    return markdown_table(caption, _headings(comparison), rows)


def as_latex(comparison: Comparison) -> str:
    r"""Return a comparison as a booktabs ``tabular``; the best of each column is bold, errors follow ``\pm``."""

    def cell(figures: tuple[str, ...], best: bool) -> str:
        text = r" \pm ".join(mathematics(figure) for figure in figures)
        return (rf"$\mathbf{{{text}}}$" if best else f"${text}$") if text else "--"

    rows = [
        [latex(row.label), _reached(row), *(cell(*held) for held in _cells(comparison, row))]
        for row in comparison.rows
    ]
    return latex_table([f"{comparison}", COMPARISON_NOTE], _headings(comparison), rows)


TEXT_FORMATS: dict[str, Callable[[Comparison], str]] = {
    "json": as_json,
    "csv": as_csv,
    "markdown": as_markdown,
    "latex": as_latex,
}
"""The formats that ``p2pbo compare`` prints instead of a table, by the name of the flag."""


def _headings(comparison: Comparison) -> list[str]:
    costs = [cost.heading for cost in comparison.costs]
    return ["run", "reached", *costs, "best seen"]


def _reached(row: ComparisonRow) -> str:
    return f"{row.reached} of {row.seeds}" if row.reached else "not reached"


def _cells(comparison: Comparison, row: ComparisonRow) -> list[Cell]:
    """Return the cells of ``row`` under the costs and ``best``."""
    names = [*(cost.name for cost in comparison.costs), "best"]
    figures = [(name, row.figure(name)) for name in names]
    return [Cell(figure.texts() if figure else (), name in row.winner) for name, figure in figures]
