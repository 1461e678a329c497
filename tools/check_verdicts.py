"""Verdicts of ``p2pbo compare --paired``, each made again with other seeds.

Two sweeps of small runs, equal but for their seeds: of the pairs that the first tells apart, how many does the second
judge alike, how many does it turn round? Sweeps are resumable, so this is. Data are the same in all runs.

Usage: python tools/check_verdicts.py FOLDER [--seeds 8] [--json FILE]
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from p2pbo.analysis import compare_pairs, final_figure
from p2pbo.analysis.comparison.paired import PairedRow
from p2pbo.trace import open_trace

METHODS = """
[[sweep.cases]]
algorithm = "mdbo"
[[sweep.cases]]
algorithm = "mdbo"
"algorithm.eta" = 0.12
[[sweep.cases]]
algorithm = "vrdbo"
[[sweep.cases]]
algorithm = "dsbo"
[[sweep.cases]]
algorithm = "d-soba"
[[sweep.cases]]
algorithm = "d-soba"
"algorithm.alpha" = 0.03
[[sweep.cases]]
algorithm = "sparkle-gt"
"""

PROBLEMS = {
    "quadratic": f'problem = "quadratic"\nsteps = 60\n[algorithm]\nbatch = 4\n{METHODS}',
    "a9a": f"steps = 20\nexact = 'off'\n[algorithm]\nbatch = 20\n{METHODS}",
}
COMMON = "nodes = 6\nlog_every = 20\ndata_seed = 0\n"
AGAIN = 1000
"""The first seed of the second sweep."""


def check(
    folder: Annotated[Path, typer.Argument(help="Where the sweeps are kept, and gone on with.")],
    seeds: Annotated[int, typer.Option(min=3, help="Seeds of each sweep.")] = 8,
    out: Annotated[Path | None, typer.Option("--json", help="Write the counts to this file.")] = None,
) -> None:
    """Count how many verdicts of a sweep another with other seeds repeats."""
    folder.mkdir(parents=True, exist_ok=True)
    counts = {problem: verdicts_again(problem, folder / problem, seeds) for problem in PROBLEMS}
    kinds = (
        "told apart",
        "same verdict",
        "same sign",
        "turned round",
        "not told apart at first",
        "told apart then",
    )
    table = Table("problem", *kinds)
    for problem, found in {**counts, "all": sum(counts.values(), Counter())}.items():
        table.add_row(problem, *(f"{found[kind]}" for kind in kinds))
    Console().print(table)
    if out is not None:
        out.write_text(json.dumps({"seeds": seeds, **counts}, indent=2))


def verdicts_again(problem: str, folder: Path, seeds: int) -> Counter[str]:
    """Return the counts of one problem."""
    first, again = (verdicts(problem, folder / f"{start}", start, seeds) for start in (0, AGAIN))
    counts: Counter[str] = Counter()
    for pair, row in first.items():
        other = again[pair]
        told, told_again = (held.verdict != "not told apart" for held in (row, other))
        counts["told apart" if told else "not told apart at first"] += 1
        if not told:
            counts["told apart then"] += told_again
            continue
        counts["same verdict"] += other.verdict == row.verdict
        counts["same sign"] += (other.difference or 0) * (row.difference or 0) > 0
        counts["turned round"] += told_again and other.verdict != row.verdict
    return counts


def verdicts(problem: str, folder: Path, start: int, seeds: int) -> dict[tuple[str, str], PairedRow]:
    """Return the rows of a paired comparison of a sweep, which is run or gone on with, by their labels."""
    said = folder.with_suffix(".toml")
    said.parent.mkdir(parents=True, exist_ok=True)
    said.write_text(COMMON + PROBLEMS[problem])
    sweep = [
        sys.executable,
        "-m",
        "p2pbo",
        "sweep",
        said,
        "--seed",
        f"{start}:{start + seeds}",
        "--out",
        folder,
    ]
    subprocess.run([f"{word}" for word in sweep], check=True, stdout=subprocess.DEVNULL)
    traces = [open_trace(path) for path in sorted(folder.glob("*.h5"))]
    rows = compare_pairs(traces, final_figure("upper_loss")).rows
    return {(row.first, row.second): row for row in rows}


if __name__ == "__main__":
    typer.run(check)
