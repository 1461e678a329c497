"""Tables in Markdown, of costs up to the targets and of runs that diverged."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from benchmark.measuring import SPENT
from benchmark.scores import Contest

HEADINGS: Mapping[str, str] = {
    "steps": "steps",
    "megabytes": "MB of a node",
    "fast_seconds": "s, fast links",
    "slow_seconds": "s, slow links",
}
"""What each cost is called above its column."""

COLUMNS = (*HEADINGS.values(), "diverged")
"""What stands above the cells of a competitor."""


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def competitor_cells(found: Sequence[Contest], name: str) -> list[str]:
    """Return a competitor's cells: each cost up to the targets in their order, the least in bold; how many diverged."""
    costs = [" / ".join(_cost(one.costs[name][cost], one.best(cost)) for one in found) for cost in SPENT]
    return [*costs, percent(found[0].diverged[name])]


def _cost(value: float, best: float) -> str:
    if not math.isfinite(value):
        return "–"
    return f"**{value:.3g}**" if value == best else f"{value:.3g}"


def multiple(value: float) -> str:
    """Return a number as a multiple."""
    return f"× {value:.2g}" if math.isfinite(value) else "–"


def percent(share: float) -> str:
    """Return a share in percent."""
    return "–" if math.isnan(share) else f"{share:.0%}"
