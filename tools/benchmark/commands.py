"""The command of the benchmark: it runs what is missing, and writes docs/benchmark.

What is found is kept in runs/benchmark, a file for each case; killed, it goes on. Parts for one sitting are --case and
--minutes: python tools/benchmark --case a9a-iid --minutes 60
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import torch  # noqa: F401 - before threads are limited
import typer

from benchmark.budgets import BUDGETS
from benchmark.cache import CaseFile
from benchmark.cases import CASES
from benchmark.pages import write_pages
from benchmark.work import Bench, advance

ROOT = Path(__file__).parents[2]


def main(
    names: Annotated[
        list[str] | None, typer.Option("--case", help="Only this one; may be given again.")
    ] = None,
    budget: Annotated[str, typer.Option(help=f"The effort: {', '.join(BUDGETS)}.")] = "full",
    minutes: Annotated[float, typer.Option(help="Begin nothing after so many.")] = float("inf"),
    data: Annotated[Path, typer.Option(help="The folder of data sets that are not in the package.")] = Path(
        "data"
    ),
    out: Annotated[Path, typer.Option(help="Where the traces of searches go.")] = Path("runs/out/benchmark"),
    cache: Annotated[Path, typer.Option(help="Where what is found is kept.")] = ROOT / "runs" / "benchmark",
    pages: Annotated[Path, typer.Option(help="Where the pages go.")] = ROOT / "docs" / "benchmark",
    pages_only: Annotated[bool, typer.Option(help="Run nothing.")] = False,
) -> None:
    """Do what is missing, and write the pages."""
    unknown = sorted({*(names or ())} - {*CASES}) + sorted({budget} - {*BUDGETS})
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)}: choose from {', '.join([*CASES, *BUDGETS])}")
    asked = [case for case in CASES.values() if not names or case.name in names]
    here = [case for case in asked if case.runs_with(data)]
    benches = [
        Bench(case, case.budgets[budget], CaseFile.read(cache / f"{case.name}.json"), data, out)
        for case in here
    ]
    if not pages_only:
        done = advance(benches, 60 * minutes, lambda line: print(line, flush=True))
        print("nothing is missing" if done else "the time is over; the same command goes on")
    if left_out := [case.name for case in asked if case not in here]:
        print(f"their data are not in {data}: {', '.join(left_out)}")
    write_pages(cache, pages)
