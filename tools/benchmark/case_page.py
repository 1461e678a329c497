"""The page of a case: what was found by the searches, and what its targets cost on each topology."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from benchmark.cache import CaseFile
from benchmark.cases import Case
from benchmark.measuring import SPENT
from benchmark.scores import Contest
from p2pbo.runner.tuning.report import settings_text

HEADINGS = {
    "steps": "steps",
    "megabytes": "MB of a node",
    "fast_seconds": "s, fast links",
    "slow_seconds": "s, slow links",
}


def table(header: list[str], rows: list[list[str]]) -> str:
    """Return a table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def case_page(case: Case, held: CaseFile, found: list[Contest]) -> str:
    """Return the page."""
    targets, asked = held.targets, held.asked
    assert targets is not None  # pages are of cases that have any
    way = ", ".join(
        f"{share:.1%} of the way is {value:.6g}"
        for share, value in zip(targets.shares, targets.values, strict=True)
    )
    parts = [
        f"# {case.title}",
        f"Runs of {case.steps} steps, with a row every {case.log_every}. The metric is `{targets.metric}`: "
        f"{targets.start:.6g} at the start, and {targets.reference:.6g} where the best search ended, that of "
        f"`{targets.by}`; {way}.",
        "## Settings",
        f"What {asked['trials']} trials of each method found on `{asked['topologies'][0]}`:",
        table(
            ["method", "best", "settings", "trials that came to no end; searches, where ranges grew"],
            [
                [f"`{name}`", *_search(held, name)]
                for name in (one.name for one in case.entrants)
                if name in held.tuned
            ],
        ),
    ]
    for topology in asked["topologies"]:
        here = [contest for contest in found if contest.topology == topology]
        parts += [f"## On {topology}", _levels(here)]
        if refused := [*_refused(held, topology)]:
            parts.append("Not here: " + "; ".join(refused) + ".")
    return "\n\n".join(parts) + "\n"


def _search(held: CaseFile, name: str) -> list[str]:
    one = held.tuned[name]
    others = [
        f"{count} {outcome}" for outcome, count in sorted(one.outcomes.items()) if outcome != "complete"
    ]
    again = [f"searches: {one.searches}"] * (one.searches > 1)
    edges = [f"{field.rpartition('.')[2]} on its edge still" for field in one.edges]
    value = "–" if one.value is None else f"{one.value:.6g}"
    return [value, settings_text(one.settings) or "–", ", ".join([*others, *again, *edges]) or "–"]


def _levels(found: list[Contest]) -> str:
    """Return the table of a topology: a row for each method, with each cost up to the targets in their order."""
    rows = [
        [f"`{method}`", *(_costs(found, method, cost) for cost in SPENT)]
        for method in (found[0].costs if found else ())
    ]
    return table(["method", *HEADINGS.values()], rows)


def _costs(found: list[Contest], method: str, cost: str) -> str:
    """Return a method's cost up to each target, the least of all methods' in bold."""
    return " / ".join(_cost(one.costs[method][cost], one.best(cost)) for one in found)


def _cost(value: float, best: float) -> str:
    if not math.isfinite(value):
        return "–"
    return f"**{value:.3g}**" if value == best else f"{value:.3g}"


def _refused(held: CaseFile, topology: str) -> Iterator[str]:
    """Yield which methods do not run on a topology, and why."""
    told: Mapping[str, str] = {
        method: measured.ended.partition(": ")[2]
        for (method, place, _), measured in held.cells.items()
        if place == topology and measured.ended.startswith("refused")
    }
    yield from (f"`{method}` ({why})" for method, why in told.items())
