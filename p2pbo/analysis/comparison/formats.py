"""The formats of a comparison: a table for the terminal, Markdown, LaTeX, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from typing import NamedTuple

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from p2pbo.analysis.comparison.compare import COSTS, Comparison, ComparisonRow

COMPARISON_NOTE = "mean ± standard error over the seeds that reached it, at the first logged row that does"
MISSING = "–"

_LATEX = str.maketrans(
    {
        **{sign: f"\\{sign}" for sign in "&%$#_{}"},
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
    }
)


class Cell(NamedTuple):
    """A cell of a table: the texts of mean and error, none if missing, and whether it is the best of its column."""

    figures: tuple[str, ...]
    best: bool


def comparison_table(comparison: Comparison) -> Table:
    """Return the table for the terminal; the best of each column is bold and has a star."""
    label, *others = _headings(comparison)
    drawn = Table(title=Text(f"{comparison}"), caption=Text(f"{COMPARISON_NOTE}; * best"))
    drawn.box, drawn.padding, drawn.show_edge = SIMPLE_HEAD, (0, 1, 0, 0), False
    drawn.title_justify = drawn.caption_justify = "left"
    drawn.add_column(label, overflow="fold")
    for heading in others:
        drawn.add_column(heading, justify="right", overflow="fold")
    for row in comparison.rows:
        figures = [
            Text(f"{'* ' * best}{' ± '.join(figure) or MISSING}", style="bold" if best else "")
            for figure, best in _cells(comparison, row)
        ]
        drawn.add_row(Text(row.label), _reached(row), *figures)
    return drawn


def as_json(comparison: Comparison) -> str:
    """Return a comparison as the text of its JSON."""
    return json.dumps(comparison.as_json(), indent=2, allow_nan=False)


def as_csv(comparison: Comparison) -> str:
    """Return a comparison as CSV: a line for each group, values with all digits, missing ones empty."""
    names = ["best", *(cost.name for cost in COSTS.values())]
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    heads = [head for name in names for head in (name, f"{name}_error")]
    lines.writerow(["label", "seeds", "reached", *heads])
    for row in comparison.rows:
        figures = [row.figure(name) for name in names]
        pairs = [(figure.mean, figure.error) if figure else (None, None) for figure in figures]
        lines.writerow([row.label, row.seeds, row.reached, *(number for pair in pairs for number in pair)])
    return text.getvalue().rstrip()


def as_markdown(comparison: Comparison) -> str:
    """Return a comparison as a pipe table below its title; the best of each column is bold."""

    def line(cells: list[str]) -> str:
        return f"| {' | '.join(cells)} |"

    def cell(figures: tuple[str, ...], best: bool) -> str:
        text = " ± ".join(figures) or MISSING
        return f"**{text}**" if best else text

    headings = [_markdown(heading) for heading in _headings(comparison)]
    rules = [":---", *["---:"] * (len(headings) - 1)]
    rows = [
        line([_markdown(row.label), _reached(row), *(cell(*held) for held in _cells(comparison, row))])
        for row in comparison.rows
    ]
    return "\n".join(
        [f"{_markdown(str(comparison))} ({COMPARISON_NOTE}).", "", line(headings), line(rules), *rows]
    )


def as_latex(comparison: Comparison) -> str:
    r"""Return a comparison as a booktabs ``tabular``; the best of each column is bold, errors follow ``\pm``."""

    def line(cells: list[str]) -> str:
        return rf"{' & '.join(cells)} \\"

    def cell(figures: tuple[str, ...], best: bool) -> str:
        text = r" \pm ".join(_mathematics(figure) for figure in figures)
        return (rf"$\mathbf{{{text}}}$" if best else f"${text}$") if text else "--"

    headings = [heading.translate(_LATEX) for heading in _headings(comparison)]
    rows = [
        line([row.label.translate(_LATEX), _reached(row), *(cell(*held) for held in _cells(comparison, row))])
        for row in comparison.rows
    ]
    return "\n".join(
        [
            f"% {comparison}",
            f"% {COMPARISON_NOTE}",
            r"% needs \usepackage{booktabs}",
            rf"\begin{{tabular}}{{l{'r' * (len(headings) - 1)}}}",
            r"\toprule",
            line(headings),
            r"\midrule",
            *rows,
            r"\bottomrule",
            r"\end{tabular}",
        ]
    )


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


def _markdown(text: str) -> str:
    r"""Return a text with a ``\`` before each sign that Markdown or a pipe table interprets."""
    return re.sub(r"([\\`*_\[\]<>|~$&])", r"\\\1", text)


def _mathematics(figure: str) -> str:
    """Return a number for LaTeX's mathematics: 12,345 without a gap, 1.2e-09 as a power of ten."""
    return re.sub(r"e([+-]?)0*(\d+)$", _power, figure).replace(",", "{,}")


def _power(exponent: re.Match[str]) -> str:
    sign, digits = exponent.groups()
    return rf" \times 10^{{{sign.strip('+')}{digits}}}"
