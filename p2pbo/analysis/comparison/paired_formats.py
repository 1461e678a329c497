"""The formats of a paired comparison: a table for the terminal, Markdown, LaTeX, CSV and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import astuple, fields

from rich.table import Table
from rich.text import Text

from p2pbo.analysis.comparison.paired import LEAST_PAIRS, LEVEL, PairedComparison, PairedRow
from p2pbo.analysis.comparison.terminal_table import MISSING, open_table
from p2pbo.analysis.comparison.text_tables import (
    csv_text,
    latex,
    latex_table,
    markdown,
    markdown_table,
    mathematics,
)

FEW_PAIRS = 10
"""Below so many pairs an interval leans on the assumption that differences are normal."""

INTERVAL = f"{100 * LEVEL:.0f} % interval"
HEADINGS = ("first", "second", "pairs", "first − second", INTERVAL, "p", "first is")
TEXT_COLUMNS = 2


def paired_note(comparison: PairedComparison) -> str:
    """Return what the figures of a table are, and what they assume."""
    said = [
        f"mean difference of runs with equal seeds, its {INTERVAL} (Student's t, for normal differences)",
        f"p and verdict after Holm's correction over {len(comparison.rows)} row{'s' * (len(comparison.rows) > 1)}",
    ]
    rows = comparison.rows
    if any(row.pairs < LEAST_PAIRS for row in rows):
        said.append(f"rows of fewer than {LEAST_PAIRS} pairs are not told apart")
    if any(LEAST_PAIRS <= row.pairs < FEW_PAIRS for row in rows):
        said.append(f"fewer than {FEW_PAIRS} pairs show little of whether differences are normal")
    if any(row.missing for row in rows):
        said.append("rows with pairs of which a run has no figure (+ n) are not told apart")
    return "; ".join(said)


def paired_table(comparison: PairedComparison) -> Table:
    """Return the table for the terminal; what is told apart is bold."""
    drawn = open_table(f"{comparison}", paired_note(comparison))
    for place, heading in enumerate(HEADINGS):
        drawn.add_column(heading, justify="left" if place < TEXT_COLUMNS else "right", overflow="fold")
    for row in comparison.rows:
        drawn.add_row(
            *map(Text, paired_cells(row)), Text(row.verdict, style="bold" if told_apart(row) else "")
        )
    return drawn


def as_json(comparison: PairedComparison) -> str:
    """Return a paired comparison as the text of its JSON."""
    return json.dumps(comparison.as_json(), indent=2, allow_nan=False)


def as_csv(comparison: PairedComparison) -> str:
    """Return a paired comparison as CSV: a line for each two groups, values with all digits, missing ones empty."""
    return csv_text([field.name for field in fields(PairedRow)], map(astuple, comparison.rows))


def as_markdown(comparison: PairedComparison) -> str:
    """Return a paired comparison as a pipe table below its title; what is told apart is bold."""

    def line(row: PairedRow) -> list[str]:
        return [*map(markdown, paired_cells(row)), f"**{row.verdict}**" if told_apart(row) else row.verdict]

    caption = f"{markdown(str(comparison))} ({markdown(paired_note(comparison))})."
    return markdown_table(caption, HEADINGS, map(line, comparison.rows), TEXT_COLUMNS)


def as_latex(comparison: PairedComparison) -> str:
    """Return a paired comparison as a booktabs ``tabular``; what is told apart is bold."""

    def line(row: PairedRow) -> list[str]:
        figures = [_joined([mathematics(number) for number in numbers], "--") for numbers in _figures(row)]
        verdict = rf"\textbf{{{row.verdict}}}" if told_apart(row) else row.verdict
        return [*map(latex, (row.first, row.second)), *(f"${text}$" for text in figures), verdict]

    return latex_table(
        [f"{comparison}", paired_note(comparison)], HEADINGS, map(line, comparison.rows), TEXT_COLUMNS
    )


PAIRED_TEXT_FORMATS: dict[str, Callable[[PairedComparison], str]] = {
    "json": as_json,
    "csv": as_csv,
    "markdown": as_markdown,
    "latex": as_latex,
}
"""The formats that ``p2pbo compare --paired`` prints instead of a table, by the name of the flag."""


def told_apart(row: PairedRow) -> bool:
    """Tell whether a row has a verdict for one of its groups."""
    return row.verdict != "not told apart"


def paired_cells(row: PairedRow) -> list[str]:
    """Return all cells of a row but its verdict."""
    return [row.first, row.second, *(_joined(numbers, MISSING) for numbers in _figures(row))]


def _figures(row: PairedRow) -> list[list[str]]:
    """Return the numbers of each cell between labels and verdict, none where there are none."""
    pairs = f"{row.pairs}" + f" + {row.missing}" * bool(row.missing)
    held = ([row.difference], [row.low, row.high], [row.p])
    return [[pairs], *([f"{number:.3g}" for number in numbers if number is not None] for numbers in held)]


def _joined(numbers: Sequence[str], missing: str) -> str:
    """Return one number as it is, two as an interval."""
    return f"[{', '.join(numbers)}]" if len(numbers) > 1 else numbers[0] if numbers else missing
