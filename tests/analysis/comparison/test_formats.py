import csv
import io
import json
import re
from collections import Counter

import pytest
from markdown_it import MarkdownIt
from matplotlib.mathtext import MathTextParser
from rich.console import Console

from p2pbo.analysis import COSTS, Comparison, Target
from p2pbo.analysis.comparison.compare import ComparisonRow
from p2pbo.analysis.comparison.formats import TEXT_FORMATS, comparison_table
from p2pbo.analysis.estimate import Estimate

ODD = r"MDBO, a_b|c*&%$#{}~^\<x>"
TINY = Estimate(1.5e-9, 2e-11)
MISSING = (None,) * 4


@pytest.fixture(scope="module")
def comparison():
    """A row with errors, one of one seed, one that did not reach the target; no modelled times."""
    rows = [
        ComparisonRow(
            ODD, 3, 3, TINY, Estimate(12345.6, 67.8), Estimate(1 / 3, 0.01), None, Estimate(9, 0), ("megabytes",)
        ),
        ComparisonRow(
            "VRDBO", 1, 1, Estimate(2e20, None), Estimate(20, None), Estimate(7, None), None, Estimate(2, None)
        ),
        ComparisonRow("DSBO", 3, 0, Estimate(0.361, 0.002), *MISSING, ("best",)),
    ]  # fmt: skip
    costs = tuple(COSTS[name] for name in ("iterations", "megabytes", "wall"))
    return Comparison(Target("upper_loss", 0.35), "logreg-hpo", "a9a", 7, costs, rows)


HEADINGS = ["run", "reached", "iterations", "MB per node", "wall (s)", "best seen"]
CELLS = [
    [ODD, "3 of 3", "12,346 ± 68", "0.333 ± 0.010", "9 ± 0", "1.5e-09 ± 2e-11"],
    ["VRDBO", "1 of 1", "20", "7", "2", "2e+20"],
    ["DSBO", "not reached", "–", "–", "–", "0.3610 ± 0.0020"],
]


def on_terminal(comparison, width):
    console = Console(width=width)
    with console.capture() as capture:
        console.print(comparison_table(comparison))
    return capture.get()


def test_the_table_has_a_title_and_a_star_at_the_best(comparison):
    title, headings, _, *rows, note = on_terminal(comparison, 130).splitlines()
    assert title.strip() == "upper_loss ≤ 0.35: logreg-hpo, a9a, 7 runs"
    starred = [row.copy() for row in CELLS]
    starred[0][3], starred[2][5] = "* 0.333 ± 0.010", "* 0.3610 ± 0.0020"
    assert [re.split(r"  +", line.strip()) for line in (headings, *rows)] == [HEADINGS, *starred]
    assert "at the first logged row that does" in note
    assert len({len(line) for line in rows}) == 1


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_narrow_terminal_folds_the_table_and_loses_nothing(comparison, width):
    narrow, wide = on_terminal(comparison, width), on_terminal(comparison, 130)
    assert max(map(len, narrow.splitlines())) <= width
    assert Counter(signs(narrow)) == Counter(signs(wide))


def signs(printed):
    return re.sub(r"[\s─]", "", printed)


def test_markdown_reads_back(comparison):
    parsed = MarkdownIt("commonmark").enable("table").parse(TEXT_FORMATS["markdown"](comparison))
    cells = [token for token in parsed if token.type == "inline"]
    text = ["".join(part.content for part in cell.children) for cell in cells]
    assert text[0].startswith("upper_loss ≤ 0.35: logreg-hpo, a9a, 7 runs (mean ± ")
    assert text[1:] == [*HEADINGS, *(cell for row in CELLS for cell in row)]
    bold = [any(part.type == "strong_open" for part in cell.children) for cell in cells[1:]]
    assert [i for i, best in enumerate(bold) if best] == [6 + 3, 6 + 2 * 6 + 5]
    aligned = [token.attrs["style"] for token in parsed if token.type == "th_open"]
    assert aligned == ["text-align:left", *["text-align:right"] * 5]


def test_latex_is_a_booktabs_table(comparison):
    lines = TEXT_FORMATS["latex"](comparison).splitlines()
    body = [line for line in lines if not line.startswith("%")]
    assert body[:3] == [
        r"\begin{tabular}{lrrrrr}",
        r"\toprule",
        r"run & reached & iterations & MB per node & wall (s) & best seen \\",
    ]
    assert body[3] == r"\midrule"
    assert body[4] == (
        r"MDBO, a\_b\textbar{}c*\&\%\$\#\{\}\textasciitilde{}\textasciicircum{}\textbackslash{}"
        r"\textless{}x\textgreater{} & 3 of 3 & $12{,}346 \pm 68$ & $\mathbf{0.333 \pm 0.010}$ & $9 \pm 0$ & "
        r"$1.5 \times 10^{-9} \pm 2 \times 10^{-11}$ \\"
    )
    assert body[5:] == [
        r"VRDBO & 1 of 1 & $20$ & $7$ & $2$ & $2 \times 10^{20}$ \\",
        r"DSBO & not reached & -- & -- & -- & $\mathbf{0.3610 \pm 0.0020}$ \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]


def test_latex_figures_are_valid_mathematics(comparison):
    parser = MathTextParser("path")
    figures = re.findall(r"(?<!\\)\$[^$]+\$", TEXT_FORMATS["latex"](comparison))
    assert len(figures) == 9
    for figure in figures:
        parser.parse(figure)  # raises where TeX would


def test_csv_has_all_digits_and_empty_cells(comparison):
    first, single, none = csv.DictReader(io.StringIO(TEXT_FORMATS["csv"](comparison)))
    assert (first["label"], first["seeds"], first["reached"]) == (ODD, "3", "3")
    assert float(first["megabytes"]) == 1 / 3
    assert float(first["best_error"]) == 2e-11
    assert (first["modelled_seconds"], single["megabytes"], single["megabytes_error"]) == ("", "7", "")
    assert {key for key, value in none.items() if value == ""} == {
        f"{name}{end}"
        for name in ("iterations", "megabytes", "modelled_seconds", "wall_seconds")
        for end in ("", "_error")
    }


def test_json_is_the_comparison(comparison):
    assert json.loads(TEXT_FORMATS["json"](comparison)) == comparison.as_json()
