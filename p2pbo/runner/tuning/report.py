"""The report of a search: a row for each method with its best settings and what it has spent, and warnings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from p2pbo.config.value_lists import as_text
from p2pbo.errors import InputError
from p2pbo.runner.tuning.method import TunedMethod
from p2pbo.runner.tuning.parameter import Parameter, parse_parameter
from p2pbo.runner.tuning.study import OUTCOME, PROBLEM, MethodStudy, Outcome

COUNTED = (Outcome.COMPLETE, Outcome.PRUNED, Outcome.DIVERGED)
"""The outcomes that have a column; the others are in a line below, where there are any."""


def settings_text(params: Mapping[str, Any]) -> str:
    """Return settings as ``eta=0.1 batch=64``."""
    short = {field.rpartition(".")[2]: value for field, value in params.items()}
    return " ".join(
        f"{name}={f'{v:.4g}' if isinstance(v, float) else as_text(v)}" for name, v in short.items()
    )


def report_table(studies: Sequence[MethodStudy]) -> Table:
    """Return the table for the terminal, the best method first."""
    objective, budget = studies[0].objective, studies[0].budget
    drawn = Table("method", box=SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    drawn.title_justify = drawn.caption_justify = "left"
    drawn.caption = Text(f"of the same {budget} for each method")
    for heading in (objective.metric.replace("_", " "), *COUNTED, "spent"):
        drawn.add_column(heading, justify="right")
    drawn.add_column("best settings", overflow="fold")

    def rank(study: MethodStudy) -> float:
        return objective.rank(float("nan") if study.best is None else study.best.value or 0.0)

    for study in sorted(studies, key=rank):
        best, counts = study.best, Counter(trial.user_attrs[OUTCOME] for trial in study.ended())
        value = "–" if best is None else f"{best.value:.6g}"
        settings = "–" if best is None else settings_text(best.params)
        drawn.add_row(
            Text(study.method.name),
            value,
            *(f"{counts[one]}" for one in COUNTED),
            f"{study.spent:,.6g}",
            settings,
        )
    return drawn


def remarks(studies: Sequence[MethodStudy]) -> Iterator[str]:
    """Yield a line for each thing to be wary of: values on an edge, no complete trial, refused and failed ones."""
    for study in studies:
        best = study.best
        if best is None:
            yield f"warning: {study.method.name} has no complete trial; widen its space downwards, or raise --budget"
        else:
            yield from _edges(study.method, best.params)
        for outcome in (Outcome.REFUSED, Outcome.FAILED):
            found = [trial for trial in study.ended() if trial.user_attrs[OUTCOME] == outcome]
            if found:
                last = found[-1].user_attrs.get(PROBLEM, "")
                yield f"{study.method.name}: {len(found)} trials {outcome}, the last one: {last}"


def _edges(method: TunedMethod, params: Mapping[str, Any]) -> Iterator[str]:
    for field, parameter in method.space.items():
        found = parameter.wider(params[field])
        if found is None or not _takes(method, field, found[1]):
            continue
        way, wider = found
        value = settings_text({field: params[field]}).partition("=")[2]
        yield (
            f"warning: the best {field} of {method.name}, {value}, lies on the edge of {parameter}; "
            f"widen it {way}, in another folder: --space '{field}={wider}'"
        )


def _takes(method: TunedMethod, field: str, wider: Parameter) -> bool:
    """Tell whether a method takes what is beyond the edge, which may be one of all that is possible."""
    try:
        for value in parse_parameter(field, wider.as_json()).extremes:
            method.runs({field: value})
    except InputError:
        return False
    return True
