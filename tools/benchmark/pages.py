"""The pages of docs/benchmark, from runs/benchmark alone: an index, a page for each case, profiles, benchmark.json."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmark.advice import FACTOR, LEAST, MOST, Advice, advice
from benchmark.cache import CaseFile
from benchmark.case_page import case_page, table
from benchmark.cases import CASES, NODES, Case
from benchmark.figures import draw_profiles
from benchmark.links import compute_time
from benchmark.measuring import PATIENCE, SPENT
from benchmark.methods import ENTRANTS
from benchmark.scores import Contest, contests, share_within
from p2pbo.problems import LowerLevel

LOWER_LEVELS: Mapping[LowerLevel, str] = {
    "shared": "A lower level on which all nodes agree",
    "local": "A lower level of each node’s own",
}

HOW = f"""All methods solve the same problems, each with settings of its own: what `p2pbo tune` found for it with as
many trials as every other method has. {NODES} nodes; settings are searched on one seed and one topology, and measured
on other seeds and on all topologies. Data and starts are the same throughout.

- **Targets** are shares of the way from the start to the best value that any search has found, the same for all
  methods. A run arrives at the first logged row that is there; the pages of the cases say how far rows are apart.
- **Costs** are steps, megabytes that a node sends, and modelled seconds on two kinds of link: *fast* with 10 Gbit/s and
  0.05 ms, *slow* with 1 Mbit/s and 10 ms. A node computes 1 ms for each gradient of a batch, and two for a product with
  second derivatives, whatever machine this was made on.
- **Ranges** of settings grow where the best value is on an edge, and the search begins anew.
- Nodes without rounds have settings of fast links, too, and up to {PATIENCE} times the steps on slow ones: they step
  while messages are on their way.
- A method arrives if all its seeds do. Where it has not, the tables say –; **bold** is the best.
"""

ADDING = """## Adding a method

Register it ([how](../how-to/add-a-method.md)), add a line to `SHARED` or `LOCAL` in
[tools/benchmark/methods.py](../../tools/benchmark/methods.py), and run `make benchmark`: what the others have found
stays, and only the new method's searches and cells are run. The same goes for a method whose code has changed.
Targets stay, too: who is better than the best known value arrives sooner. [runs/benchmark/](../../runs/benchmark/)
has the settings and figures of every cell, and [benchmark.json](benchmark.json) the costs of all methods up to each
target.
"""


def write_pages(cache: Path, pages: Path) -> None:
    """Write the pages of all cases that have been measured."""
    held = {name: CaseFile.read(cache / f"{name}.json") for name in CASES}
    done = {CASES[name]: file for name, file in held.items() if file.targets is not None and file.cells}
    if not done:
        return
    pages.mkdir(parents=True, exist_ok=True)
    found = [contest for case, file in done.items() for contest in contests(case, file)]
    for case, file in done.items():
        own = [contest for contest in found if contest.case is case]
        (pages / f"{case.name}.md").write_text(case_page(case, file, own), encoding="utf-8")
    for level in LOWER_LEVELS:
        if of_level := [contest for contest in found if contest.case.lower_level == level]:
            draw_profiles(of_level, [one.name for one in ENTRANTS[level]], pages / f"profiles-{level}.png")
    (pages / "benchmark.json").write_text(costs_json(found), encoding="utf-8")
    (pages / "index.md").write_text("\n\n".join(index(done, found)) + "\n", encoding="utf-8")


def index(done: Mapping[Case, CaseFile], found: Sequence[Contest]) -> Iterator[str]:
    """Yield the parts of the first page."""
    yield "# The benchmark"
    yield HOW.rstrip()
    yield efforts(done)
    for level, title in LOWER_LEVELS.items():
        of_level = [contest for contest in found if contest.case.lower_level == level]
        if not of_level:
            continue
        yield f"## {title}"
        yield f"![Performance profiles: the share of contests within a factor of the least cost](profiles-{level}.png)"
        yield within(of_level, level)
        yield "### What to take"
        yield advised_text([*advice(found, level)])
        yield "### The methods"
        rows = [[f"`{one.name}`", one.kind, one.why, compute_time(one.algorithm)] for one in ENTRANTS[level]]
        yield table(["method", "stands for", "why it", "computes in a step"], rows)
    yield "## The cases"
    yield "\n".join(f"- [{case.title}]({case.name}.md)" for case in done)
    yield ADDING.rstrip()
    names = "\n".join(case.name for case in done)
    yield f"```{{toctree}}\n:hidden:\n\n{names}\n```"


def efforts(done: Mapping[Case, CaseFile]) -> str:
    """Return how much effort went into which cases."""
    told: dict[str, list[str]] = {}
    for case, file in done.items():
        asked = file.asked
        effort = (
            f"{asked['trials']} trials a method, {asked['seeds']} seeds, on {', '.join(asked['topologies'])}"
        )
        told.setdefault(effort, []).append(case.name)
    return "\n".join(f"- {effort}: {', '.join(names)}" for effort, names in told.items())


def within(found: Sequence[Contest], level: LowerLevel) -> str:
    """Return the table of shares of contests within factors of the best."""
    rows = [
        [
            f"`{one.name}`",
            *(
                _percent(share_within(found, one.name, cost, factor))
                for cost in SPENT
                for factor in (1.0, 2.0)
            ),
        ]
        for one in ENTRANTS[level]
    ]
    names = ("steps", "bytes", "s, fast links", "s, slow links")
    return table(["method", *(f"{name}: {how}" for name in names for how in ("best", "within 2"))], rows)


def advised_text(found: Sequence[Advice]) -> str:
    """Return the advice as a list, and what it rests on."""
    lines = [
        f"Named are methods that come within {FACTOR:g} times the best in at least {MOST:.0%} of the contests, which "
        f"are of at least {LEAST} problems; a contest is one target of one case on one topology.\n"
    ]
    for one in found:
        take = ", ".join(f"`{method}` ({share:.0%})" for method, share in one.take) or "no advice"
        lines.append(
            f"- {one.when}: {take}. {one.contests} contests of {', '.join(one.problems) or 'no problem'}."
        )
    return "\n".join(lines)


def costs_json(found: Sequence[Contest]) -> str:
    """Return the costs of all contests as JSON: a line for each; null where a method has not arrived."""
    lines = [
        json.dumps(
            {
                "case": one.case.name,
                "topology": one.topology,
                "share": one.share,
                "costs": {
                    method: {name: value if math.isfinite(value) else None for name, value in costs.items()}
                    for method, costs in one.costs.items()
                },
            }
        )
        for one in found
    ]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def _percent(share: float) -> str:
    return "–" if math.isnan(share) else f"{share:.0%}"
