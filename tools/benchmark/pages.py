"""The pages of docs/benchmark, from runs/benchmark alone: an index, a page for each case, profiles, benchmark.json."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

from benchmark.cache import CaseFile
from benchmark.case_page import case_page
from benchmark.cases import CASES
from benchmark.comparisons import COMPARISONS, compared
from benchmark.figures import draw_profiles
from benchmark.index_page import LOWER_LEVELS, index
from benchmark.methods import ENTRANTS
from benchmark.scores import Contest, contests


def write_pages(cache: Path, pages: Path) -> None:
    """Write the pages of all cases that have been measured."""
    held = {name: CaseFile.read(cache / f"{name}.json") for name in CASES}
    done = {CASES[name]: file for name, file in held.items() if file.targets is not None and file.cells}
    if not done:
        return
    pages.mkdir(parents=True, exist_ok=True)
    plain = [contest for case, file in done.items() for contest in contests(case, file)]
    others = {
        comparison.name: [
            contest for case, file in done.items() for contest in compared(comparison, case, file)
        ]
        for comparison in COMPARISONS
    }
    for case, file in done.items():
        (pages / f"{case.name}.md").write_text(case_page(case, file), encoding="utf-8")
    for level in LOWER_LEVELS:
        if of_level := [contest for contest in plain if contest.case.lower_level == level]:
            draw_profiles(of_level, [one.name for one in ENTRANTS[level]], pages / f"profiles-{level}.png")
    every = [*plain, *(contest for found in others.values() for contest in found)]
    (pages / "benchmark.json").write_text(costs_json(every), encoding="utf-8")
    (pages / "index.md").write_text("\n\n".join(index(done, plain, others)) + "\n", encoding="utf-8")


def costs_json(found: Sequence[Contest]) -> str:
    """Return the costs of all contests as JSON: a line for each; null where a competitor has not arrived."""
    lines = [
        json.dumps(
            {
                "case": one.case.name,
                "where": one.where,
                "share": one.share,
                "costs": {
                    name: {cost: value if math.isfinite(value) else None for cost, value in costs.items()}
                    for name, costs in one.costs.items()
                },
            }
        )
        for one in found
    ]
    return "[\n" + ",\n".join(lines) + "\n]\n"
