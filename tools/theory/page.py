"""The page docs/theory.md, made from measured points alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from theory.cache import Cache
from theory.claims import ROUNDING, TOLERANCE, WIDEST, Claim, Finding, Rule, Section
from theory.figures import draw

INTRODUCTION = f"""# Theory against measurement

Convergence theory says how errors and times grow: with the step, the nodes, the spectral gap, the codec. Here its
exponents stand beside those of runs, on the `quadratic` problem, whose exact solution is known. Made by `make theory`
(tools/theory); the measured points and all their settings are in [runs/theory](../runs/theory/). Every seed draws its
own problem; a line is fitted to the means over the seeds on log-log axes, and its slope has a 95 % confidence interval.

The rule of the verdicts was set before anything was measured, the ranges of steps and nodes were not. A claim
**agrees** where the predicted slope lies in the interval, or {TOLERANCE:g} outside; else it **differs**. An upper bound
C xᵖ asks for a slope of at most p where x grows, and of at least p where x goes to 0; what leads further below it
**holds, with room**. With an interval wider than ±{WIDEST:g} the verdict is **open**. What is said to vanish agrees
where ‖∇Φ(x̄)‖² is at most {ROUNDING:g}, which is rounding.
"""


def findings(section: Section, kept: Path) -> list[Finding]:
    """Return the claims of a section all of whose points are measured, with their numbers."""
    found = []
    for claim in section.claims:
        cache = Cache(kept / f"{claim.name}.json")
        values = {point.x: cache.values(point) for point in claim.points}
        held = {x: value for x, value in values.items() if value is not None}
        if len(held) == len(values):
            found.append(Finding(claim, held))
    return found


def write_page(sections: Sequence[Section], kept: Path, docs: Path) -> Path:
    """Write the page and its figures, and return its path."""
    lines = [INTRODUCTION, "| claim | predicted | fitted | verdict |", "|---|---|---|---|"]
    measured = [(section, findings(section, kept)) for section in sections]
    lines += [row(finding) for _, found in measured for finding in found]
    for section, found in measured:
        if found:
            draw(found, docs / "theory" / f"{section.name}.png")
            lines += section_lines(section, found)
    missing = [claim.says for section, found in measured for claim in _without(section, found)]
    if missing:
        lines += ["", "## Not measured yet", "", "; ".join(missing) + "."]
    page = docs / "theory.md"
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return page


def row(finding: Finding) -> str:
    """Return the row of a claim in the table."""
    return f"| {finding.claim.says} | {predicted(finding.claim)} | {fitted(finding)} | **{finding.verdict.value}** |"


def predicted(claim: Claim) -> str:
    """Return what the theory says, in words of the table."""
    side = {Rule.BOUND_FOR_LARGE_X: "at most ", Rule.BOUND_FOR_SMALL_X: "at least "}.get(claim.rule, "")
    return f"{side}{claim.predicted:g}".replace("-", "−")


def fitted(finding: Finding) -> str:
    """Return what was found, in words of the table."""
    if finding.claim.rule is Rule.VANISHES:
        return f"{max(finding.means.values()):.0e} at most".replace("-", "−")
    low, high = finding.fit.interval
    return f"{finding.fit.slope:.2f} ({low:.2f} to {high:.2f})".replace("-", "−")


def section_lines(section: Section, found: Sequence[Finding]) -> Iterator[str]:
    """Yield the lines of a section: its figure, how it was measured, and what is to be said of each claim."""
    titles = ", ".join(f"{finding.claim.of} against {finding.claim.across}" for finding in found)
    yield from ("", f"## {section.title}", "", f"![{titles}](theory/{section.name}.png)", "", section.how, "")
    for finding in found:
        claim = finding.claim
        yield f"- **{claim.says}**: {fitted(finding)}. {claim.source} {claim.remark}".rstrip()


def _without(section: Section, found: Sequence[Finding]) -> list[Claim]:
    there = {finding.claim.name for finding in found}
    return [claim for claim in section.claims if claim.name not in there]
