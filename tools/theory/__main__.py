"""Measure what is missing, fit the slopes, and write docs/theory.md and its figures.

Measured points are kept in runs/theory, with the settings of each, and not measured again; the page is made from them
alone. Usage: python tools/theory [CLAIM...] [--page-only]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

sys.path[0] = f"{Path(__file__).parents[1]}"  # where the package lies, not what is in it

from theory.cache import Cache, measure_missing  # noqa: E402
from theory.experiments import SECTIONS  # noqa: E402
from theory.page import write_page  # noqa: E402

ROOT = Path(__file__).parents[2]


def main(
    names: Annotated[list[str] | None, typer.Argument(help="Claims to measure; default: all.")] = None,
    page_only: Annotated[bool, typer.Option("--page-only", help="Measure nothing.")] = False,
    kept: Annotated[Path, typer.Option(help="Where measured points are kept.")] = ROOT / "runs" / "theory",
    docs: Annotated[Path, typer.Option(help="The folder of the page.")] = ROOT / "docs",
) -> None:
    """Measure what is missing, and write the page."""
    claims = [claim for section in SECTIONS for claim in section.claims]
    if unknown := sorted(set(names or ()) - {claim.name for claim in claims}):
        raise typer.BadParameter(f"no claim is called {', '.join(unknown)}")
    for claim in claims:
        if not page_only and (not names or claim.name in names):
            measure_missing(Cache(kept / f"{claim.name}.json"), claim.points, claim.name)
    print(f"wrote {write_page(SECTIONS, kept, docs)}")


if __name__ == "__main__":
    typer.run(main)
