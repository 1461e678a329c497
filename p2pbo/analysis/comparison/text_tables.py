"""Tables as text: Markdown's pipes, LaTeX's booktabs, CSV; cells come in the markup of each."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

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

Rows = Iterable[Sequence[str]]


def csv_text(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table as CSV, with None as an empty value."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerows([headings, *rows])
    return text.getvalue().rstrip()


def markdown_table(caption: str, headings: Sequence[str], rows: Rows, texts: int = 1) -> str:
    """Return a pipe table below its caption; the first ``texts`` columns are text, the others align right."""
    rules = [":---"] * texts + ["---:"] * (len(headings) - texts)
    lines = [f"| {' | '.join(cells)} |" for cells in ([markdown(head) for head in headings], rules, *rows)]
    return "\n".join([caption, "", *lines])


def latex_table(comments: Iterable[str], headings: Sequence[str], rows: Rows, texts: int = 1) -> str:
    """Return a booktabs ``tabular`` below comments; the first ``texts`` columns are text, the others align right."""

    def line(cells: Sequence[str]) -> str:
        return rf"{' & '.join(cells)} \\"

    return "\n".join(
        [
            *(f"% {comment}" for comment in comments),
            r"% needs \usepackage{booktabs}",
            rf"\begin{{tabular}}{{{'l' * texts}{'r' * (len(headings) - texts)}}}",
            r"\toprule",
            line([latex(heading) for heading in headings]),
            r"\midrule",
            *(line(cells) for cells in rows),
            r"\bottomrule",
            r"\end{tabular}",
        ]
    )


def latex(text: str) -> str:
    """Return a text with LaTeX's commands for the signs that it interprets."""
    return text.translate(_LATEX)


def markdown(text: str) -> str:
    r"""Return a text with a ``\`` before each sign that Markdown or a pipe table interprets."""
    return re.sub(r"([\\`*_\[\]<>|~$&])", r"\\\1", text)


def mathematics(figure: str) -> str:
    """Return a number for LaTeX's mathematics: 12,345 without a gap, 1.2e-09 as a power of ten."""
    return re.sub(r"e([+-]?)0*(\d+)$", _power, figure).replace(",", "{,}")


def _power(exponent: re.Match[str]) -> str:
    sign, digits = exponent.groups()
    return rf" \times 10^{{{sign.strip('+')}{digits}}}"
