"""The page of a case: what was found by the searches, and what its targets cost under each condition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from benchmark.cache import CaseFile
from benchmark.cases import Case
from benchmark.comparisons import COMPARISONS, Comparison, compared, competitors
from benchmark.conditions import Condition, on
from benchmark.scores import Contest, cells_under, contests
from benchmark.tables import COLUMNS, competitor_cells, table
from p2pbo.runner.tuning.report import settings_text


def case_page(case: Case, held: CaseFile) -> str:
    """Return the page."""
    return "\n\n".join(_parts(case, held)) + "\n"


def _parts(case: Case, held: CaseFile) -> Iterator[str]:
    targets, asked = held.targets, held.asked
    assert targets is not None  # pages are of cases that have any
    way = ", ".join(
        f"{share:.1%} of the way is {value:.6g}"
        for share, value in zip(targets.shares, targets.values, strict=True)
    )
    yield f"# {case.title}"
    yield (
        f"Runs of {case.steps} steps, with a row every {case.log_every}. The metric is `{targets.metric}`: "
        f"{targets.start:.6g} at the start, and {targets.reference:.6g} where the best search ended, that of "
        f"`{targets.by}`; {way}."
    )
    yield "## Settings"
    yield (
        f"What {asked['trials']} trials of each of {len(case.entrants)} methods found on `{asked['topologies'][0]}`, "
        f"and how many times as large step sizes were taken; all that follows is measured on {asked['seeds']} other "
        "seeds."
    )
    yield table(
        [
            "method",
            "best",
            "settings",
            "steps times",
            "trials that came to no end; searches, where ranges grew",
        ],
        [[f"`{one.name}`", *_search(held, one.name)] for one in case.entrants if one.name in held.tuned],
    )
    found = [*contests(case, held)]
    for topology in asked["topologies"]:
        yield f"## On {topology}"
        yield _levels([contest for contest in found if contest.where == topology])
        yield from _not_here(_refusals(held, on(topology)))
    for comparison in COMPARISONS:
        if own := [*compared(comparison, case, held)]:
            yield from _comparison(comparison, case, held, own)


def _search(held: CaseFile, name: str) -> list[str]:
    one = held.tuned[name]
    others = [
        f"{count} {outcome}" for outcome, count in sorted(one.outcomes.items()) if outcome != "complete"
    ]
    again = [f"searches: {one.searches}"] * (one.searches > 1)
    edges = [f"{field.rpartition('.')[2]} on its edge still" for field in one.edges]
    value = "–" if one.value is None else f"{one.value:.6g}"
    scaled = held.scaled.get((name, held.asked["topologies"][0]))
    factor = "–" if scaled is None else f"{scaled.factor:.3g}"
    return [value, settings_text(one.settings) or "–", factor, ", ".join([*others, *again, *edges]) or "–"]


def _levels(found: Sequence[Contest]) -> str:
    """Return the table of a topology: a row for each method, with each cost up to the targets in their order."""
    rows = [[f"`{method}`", *competitor_cells(found, method)] for method in (found[0].costs if found else ())]
    return table(["method", *COLUMNS], rows)


def _comparison(
    comparison: Comparison, case: Case, held: CaseFile, found: Sequence[Contest]
) -> Iterator[str]:
    """Yield the parts of a comparison: a row for each method under each condition."""
    yield f"## {comparison.title}"
    rows = [
        [
            f"`{method}`",
            called,
            f"{held.scaled[method, comparison.conditions[called].name].factor:.3g}",
            *competitor_cells(found, f"{method}, {called}"),
        ]
        for method, called in (name.split(", ") for name in found[0].costs)
    ]
    yield table(["method", comparison.name, "steps times", *COLUMNS], rows)
    refused = {
        f"`{entrant.name}` {called}": why
        for entrant, condition in competitors(comparison, case, held)
        for called, one in comparison.conditions.items()
        if one is condition and (why := _refusals(held, condition).get(f"`{entrant.name}`"))
    }
    yield from _not_here(refused)


def _refusals(held: CaseFile, condition: Condition) -> dict[str, str]:
    """Return which methods do not run under a condition, and why."""
    found = {f"`{method}`": cells[0].refusal for method, cells in cells_under(held, condition).items()}
    return {method: why for method, why in found.items() if why}


def _not_here(refused: Mapping[str, str]) -> Iterator[str]:
    if refused:
        yield "Not here: " + "; ".join(f"{who} ({why})" for who, why in refused.items()) + "."
