"""The first page of the benchmark: how it is done, who is ahead, and what to take when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from benchmark.advice import LEAST, MOST, SAVED, Advice, advice
from benchmark.cache import CaseFile
from benchmark.cases import NODES, Case
from benchmark.comparisons import BESIDE_SLOW, COMPARISONS, SEATS, TOPOLOGY, Comparison, held_against
from benchmark.links import compute_time
from benchmark.measuring import PATIENCE, SPENT
from benchmark.methods import ENTRANTS
from benchmark.scaling import BASE
from benchmark.scores import NEAR, Contest, runs_diverged, share_within
from benchmark.tables import HEADINGS, multiple, percent, table
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
- **Step sizes** are those of the trial that ended lowest, times the power of {BASE:g} that reaches most targets, the
  last of them in the fewest steps, on the worse of two seeds: searches judge where a run ends, targets how soon it is
  there, and what one seed just bears is too much for others.
- Nodes without rounds have settings of fast links, too, and up to {PATIENCE} times the steps on slow ones: they step
  while messages are on their way. Beside a slow node they have up to {BESIDE_SLOW} times the steps.
- Runs with a codec have as many steps as those without: a target that they would reach later counts as not reached.
- **Shares** are of the contests that a method takes part in and somebody wins; on a graph that refuses it, it does not
  arrive.
- A method arrives if all its seeds do. Where it has not, the tables say –; **bold** is the best.
- **Diverged** is the share of seeds whose runs diverge before the last target. What they have reached by then counts: a
  method may arrive at the first targets, and diverge on its way to the last.
"""

RULE = f"""Named is what comes within {NEAR:g} times the best in at least {MOST:.0%} of the contests that it takes part
in, if these are of at least {LEAST} problems. A contest is one target of one case, on one topology or in one
comparison."""

ADDING = """## Adding a method

Register it ([how](../how-to/add-a-method.md)), add a line to `SHARED` or `LOCAL` in
[tools/benchmark/methods.py](../../tools/benchmark/methods.py), and run `make benchmark`: what the others have found
stays, and only the new method's searches and cells are run. The same goes for a method whose code has changed.
Targets stay, too: who is better than the best known value arrives sooner. [runs/benchmark/](../../runs/benchmark/)
has the settings and figures of every cell, and [benchmark.json](benchmark.json) the costs of all methods up to each
target, with codecs and with a slow node, too.
"""


COMPARED = f"""Of each case the {SEATS} methods compete that are best on the plain {TOPOLOGY}, by {{saved}}, and
{{made_for_it}}; one that is refused leaves its seat to the next. All have the same effort: their step sizes as they
were found, times the power of {BASE:g} that gets furthest on the worse of two seeds. The table holds each method
against itself {{against}}: the targets that it reaches so, the share of them that it reaches still, and medians of what
it then takes as multiples."""


def index(
    done: Mapping[Case, CaseFile], found: Sequence[Contest], compared: Mapping[str, Sequence[Contest]]
) -> Iterator[str]:
    """Yield the parts of the first page, of plain contests and of those of each comparison."""
    yield "# The benchmark"
    yield HOW.rstrip()
    yield efforts(done)
    yield "[Discussion](discussion.md): what to make of these figures, and what they do not say."
    for level, title in LOWER_LEVELS.items():
        of_level = [contest for contest in found if contest.case.lower_level == level]
        if not of_level:
            continue
        yield f"## {title}"
        yield f"![Performance profiles: the share of contests within a factor of the least cost](profiles-{level}.png)"
        yield within(of_level, level)
        yield "### What to take"
        yield RULE
        yield advised_text(advice(of_level, SPENT))
        for comparison in COMPARISONS:
            if own := [one for one in compared[comparison.name] if one.case.lower_level == level]:
                yield f"### {comparison.title}"
                yield from compared_parts(comparison, own)
        yield "### The methods"
        rows = [[f"`{one.name}`", one.kind, one.why, compute_time(one.algorithm)] for one in ENTRANTS[level]]
        yield table(["method", "stands for", "why it", "computes in a step"], rows)
    yield "## The cases"
    yield "\n".join(f"- [{case.title}]({case.name}.md)" for case in done)
    yield ADDING.rstrip()
    names = "\n".join(case.name for case in done)
    yield f"```{{toctree}}\n:hidden:\n\ndiscussion\n{names}\n```"


def compared_parts(comparison: Comparison, found: Sequence[Contest]) -> Iterator[str]:
    """Yield what a comparison has found over all cases of a lower level."""
    yield COMPARED.format(
        saved=" and ".join(SAVED[cost] for cost in comparison.saved),
        made_for_it=", ".join(f"`{name}`" for name in comparison.made_for_it),
        against=comparison.against,
    )
    rows = []
    for called in comparison.conditions:
        if called != comparison.against:
            targets, share, medians = held_against(comparison, called, found)
            rows.append([called, f"{targets}", percent(share), *(multiple(medians[cost]) for cost in SPENT)])
    header = [f"targets reached {comparison.against}", "reached still", *HEADINGS.values()]
    yield table([comparison.name, *header], rows)
    yield advised_text(advice(found, comparison.saved))


def efforts(done: Mapping[Case, CaseFile]) -> str:
    """Return how much effort went into which cases."""
    told: dict[str, list[str]] = {}
    for case, file in done.items():
        asked = file.asked
        effort = (
            f"{len(case.entrants)} methods, {asked['trials']} trials of each, {asked['seeds']} seeds, "
            f"on {', '.join(asked['topologies'])}"
        )
        told.setdefault(effort, []).append(case.name)
    return "\n".join(f"- {effort}: {', '.join(names)}" for effort, names in told.items())


def within(found: Sequence[Contest], level: LowerLevel) -> str:
    """Return the table of shares of contests within factors of the best."""
    rows = [
        [
            f"`{one.name}`",
            *(
                percent(share_within(found, one.name, cost, factor))
                for cost in SPENT
                for factor in (1.0, 2.0)
            ),
            percent(runs_diverged(found, one.name)),
        ]
        for one in ENTRANTS[level]
    ]
    names = ("steps", "bytes", "s, fast links", "s, slow links")
    columns = [f"{name}: {how}" for name in names for how in ("best", "within 2")]
    return table(["method", *columns, "runs that diverged"], rows)


def advised_text(found: Iterable[Advice]) -> str:
    """Return the advice as a list."""
    lines = []
    for one in found:
        take = ", ".join(f"`{name}` ({percent(share)})" for name, share in one.take) or "no advice"
        lines.append(
            f"- {one.when}: {take}. {one.contests} contests of {', '.join(one.problems) or 'no problem'}."
        )
    return "\n".join(lines)
