"""The pages of docs/benchmark, from runs/benchmark alone: an index, a page for each case, profiles, benchmark.json.

``discussion.md`` beside them is written by hand, and left as it is.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.cache import CaseFile
from benchmark.case_page import case_page
from benchmark.cases import CASES, Case
from benchmark.comparisons import COMPARISONS, compared
from benchmark.figures import draw_profiles
from benchmark.index_page import LOWER_LEVELS, index
from benchmark.measuring import SPENT
from benchmark.methods import ENTRANTS
from benchmark.scores import Contest, contests

README_COST = "fast_seconds"
"""The cost whose profiles README shows: it counts computing as well as messages."""


@dataclass(frozen=True)
class Found:
    """What has been measured.

    Attributes:
        done: the cases, and what is kept of them.
        plain: the contests on all topologies.
        compared: those of each comparison, by its name.
    """

    done: Mapping[Case, CaseFile]
    plain: Sequence[Contest]
    compared: Mapping[str, Sequence[Contest]]

    @classmethod
    def read(cls, cache: Path) -> Found:
        """Return what a folder holds."""
        held = {name: CaseFile.read(cache / f"{name}.json") for name in CASES}
        done = {CASES[name]: file for name, file in held.items() if file.is_measured()}
        plain = [contest for case, file in done.items() for contest in contests(case, file)]
        others = {
            one.name: [contest for case, file in done.items() for contest in compared(one, case, file)]
            for one in COMPARISONS
        }
        return cls(done, plain, others)

    def texts(self) -> dict[str, str]:
        """Return the pages by their names."""
        every = [*self.plain, *(contest for found in self.compared.values() for contest in found)]
        return {
            **{f"{case.name}.md": case_page(case, file) for case, file in self.done.items()},
            "benchmark.json": costs_json(every),
            "index.md": "\n\n".join(index(self.done, self.plain, self.compared)) + "\n",
        }

    def draw(self, folder: Path) -> None:
        """Draw the profiles: of each lower level for all costs, and of the shared one for README."""
        for level in LOWER_LEVELS:
            if of_level := [one for one in self.plain if one.case.lower_level == level]:
                methods = [one.name for one in ENTRANTS[level]]
                draw_profiles(of_level, methods, SPENT, folder / f"profiles-{level}.png")
                if level == "shared":
                    draw_profiles(of_level, methods, [README_COST], folder / "profile.png")


def write_pages(cache: Path, pages: Path) -> None:
    """Write the pages of all cases that have been measured on all topologies."""
    found = Found.read(cache)
    if not found.done:
        return
    pages.mkdir(parents=True, exist_ok=True)
    for name, text in found.texts().items():
        (pages / name).write_text(text, encoding="utf-8")
    found.draw(pages)


def costs_json(found: Sequence[Contest]) -> str:
    """Return the costs of all contests as JSON: a line for each; null: not arrived, or not run."""
    lines = [
        json.dumps(
            {
                "case": one.case.name,
                "where": one.where,
                "share": one.share,
                "costs": {
                    name: {cost: _finite(value) for cost, value in costs.items()}
                    for name, costs in one.costs.items()
                },
                "diverged": {name: _finite(share) for name, share in one.diverged.items()},
            }
        )
        for one in found
    ]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
