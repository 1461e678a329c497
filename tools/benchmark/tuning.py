"""The search of a method's settings, by p2pbo's own tuning, with the same budget for all methods of a case.

Where the best value lies on the edge of its range, the range grows, and the search begins anew with the whole budget:
what counts is the last search alone, so that no method has more trials for it than another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from searches import search_of, searched

from benchmark.budgets import SEARCHED_ON, Budget
from benchmark.cases import Case
from benchmark.cells import NO_STEP_SIZES, digest, portable, significant
from benchmark.links import FAST, LINKS, compute_time
from benchmark.methods import Entrant
from benchmark.sources import source_digest
from p2pbo.runner.tuning.method import TunedMethod
from p2pbo.runner.tuning.parameter import Parameter, Range
from p2pbo.runner.tuning.search import Search
from p2pbo.runner.tuning.study import OUTCOME
from p2pbo.runner.tuning.trial import first_row

SEARCHES = 4
"""How many times at most a search begins; ranges that would have to grow further stand as open edges."""


@dataclass(frozen=True)
class Tuned:
    """What the search of a method has found.

    Attributes:
        key: the digest of what was asked for.
        start: the metric before the first step.
        value: the metric of the best trial; None: none was complete.
        settings: of that trial, by field.
        ranges: that were searched in the end, by field.
        edges: the fields whose best value is on an edge still.
        outcomes: how many trials of the last search ended how.
        trials: that a search may spend, as whole runs.
        searches: how often it began.
    """

    key: str
    start: float
    value: float | None
    settings: Mapping[str, Any]
    ranges: Mapping[str, Any]
    edges: list[str]
    outcomes: Mapping[str, int]
    trials: int
    searches: int


def fields_of(case: Case, entrant: Entrant, topology: str, data: Path) -> dict[str, Any]:
    """Return the fields of the runs of a search."""
    return {
        **case.run(data),
        **entrant.run,
        **case.on(topology, entrant),
        **LINKS[FAST],
        "log_every": case.steps // 10,
        "compute_time": compute_time(entrant.algorithm),
        "seed": SEARCHED_ON,
    }


def search(
    case: Case, entrant: Entrant, budget: Budget, data: Path, space: Mapping[str, Parameter]
) -> Search:
    """Return the search of a method over this space and its step sizes."""
    fields = fields_of(case, entrant, budget.topologies[0], data)
    return search_of(fields, space, metric=case.metric, budget=budget.trials * case.steps)


def first_space(case: Case, entrant: Entrant, budget: Budget, data: Path) -> dict[str, Parameter]:
    """Return where the search of a method begins: its own ranges, and those of its preset as far as the case asks for.

    Raises:
        InputError: the method does not run on the case.
    """
    (method,) = search(case, entrant, budget, data, entrant.space).methods()
    low, high = case.reach
    return {
        field: Range(significant(low * part.low), significant(high * part.high), part.log)
        if isinstance(part, Range) and field not in (*entrant.space, *NO_STEP_SIZES)
        else part
        for field, part in method.space.items()
    }


def tuning_key(case: Case, entrant: Entrant, budget: Budget, data: Path) -> str:
    """Return the digest of what a search depends on: its runs, its space, its budget, and the method's files.

    Raises:
        InputError: the method does not run on the case.
    """
    (method,) = search(case, entrant, budget, data, first_space(case, entrant, budget, data)).methods()
    run = method.point.description
    space = {field: parameter.as_json() for field, parameter in method.space.items()}
    return digest(portable(run, data), space, budget.trials, case.metric, source_digest(run))


def tune(case: Case, entrant: Entrant, budget: Budget, data: Path, folder: Path) -> Tuned:
    """Search the settings of a method, or go on with it.

    Raises:
        InputError: the method does not run on the case.
    """
    key = tuning_key(case, entrant, budget, data)
    space, begun = first_space(case, entrant, budget, data), 0
    while True:
        begun += 1
        study = searched(folder / f"{entrant.name}-{key}-{begun}", search(case, entrant, budget, data, space))
        best = {} if study.best is None else _rounded(study.best.params)
        wider = _wider(study.method, best)
        if not wider or begun == SEARCHES:
            break
        space |= wider
    return Tuned(
        key=key,
        start=_start(study.method, case.metric),
        value=None if study.best is None else significant(float(study.best.value or 0.0)),
        settings=best,
        ranges={field: part.as_json() for field, part in study.method.space.items()},
        edges=sorted(wider),
        outcomes=dict(Counter(str(trial.user_attrs[OUTCOME]) for trial in study.ended())),
        trials=budget.trials,
        searches=begun,
    )


def _start(method: TunedMethod, metric: str) -> float:
    return significant(first_row(method.runs({})[0]).metrics[metric])


def _wider(method: TunedMethod, best: Mapping[str, Any]) -> dict[str, Parameter]:
    """Return the wider ranges of the fields whose best value is on an edge."""
    found = {field: method.space[field].wider(value) for field, value in best.items()}
    return {field: grown[1] for field, grown in found.items() if grown is not None}


def _rounded(params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        field: significant(value) if isinstance(value, float) else value for field, value in params.items()
    }
