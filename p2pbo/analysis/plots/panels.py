"""Panels: runs side by side, a panel for each value of a part of their descriptions.

The label of a run leaves out the title of its panel, and means the same in all panels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from p2pbo.analysis.groups import SEEDS, Group, group_by_seed
from p2pbo.analysis.labels import differences, phrase
from p2pbo.errors import InputError, did_you_mean
from p2pbo.trace import Trace
from p2pbo.trace.settings import flatten

ALGORITHM = "algorithm"


@dataclass(frozen=True)
class Panel:
    """A panel: a title and the groups of runs below it."""

    title: str
    runs: list[Group]


def panels(traces: Sequence[Trace], facet: str | None = None) -> list[Panel]:
    """Return the panels of runs, divided by the part ``facet`` of their descriptions; without it one panel.

    Args:
        traces: the traces, at least one.
        facet: "topology", "codec", "nodes", …, or a setting such as "algorithm.eta".

    Raises:
        InputError: no trace has such a part.
    """
    if facet is None:
        return [Panel("", group_by_seed(traces))]
    settings = [flatten(trace.description) for trace in traces]
    known = {name for run in settings for name in run}
    if facet not in known:
        raise InputError(f"--facet {facet}", "is no part of these runs", did_you_mean(facet, known))
    values = [run.get(facet) for run in settings]
    divided = [
        group_by_seed([trace for trace, own in zip(traces, values, strict=True) if own == value])
        for value in _in_order(values)
    ]
    named = iter(_labels(divided, facet))
    return [
        Panel(_title(facet, value), _with_distinct_labels([Group(next(named), run.traces) for run in runs]))
        for value, runs in zip(_in_order(values), divided, strict=True)
    ]


def _in_order(values: Sequence[Any]) -> list[Any]:
    """Return each value once: numbers by size, all else in order of appearance."""
    once = [value for i, value in enumerate(values) if value not in values[:i]]
    return sorted(once) if all(isinstance(value, int | float) for value in once) else once


def _title(facet: str, value: Any) -> str:
    name = facet.rpartition(".")[-1]
    return f"no {name}" if value is None else phrase(name, value)


def _labels(divided: Sequence[Sequence[Group]], facet: str) -> list[str]:
    """Return labels that tell runs apart beside their seed and ``facet``: the method where nothing else does."""
    described = [[run.traces[0].description for run in runs] for runs in divided]
    every = [description for panel in described for description in panel]
    beside = differences([_without(facet, description) for description in every], SEEDS)
    # settings of what the title names, such as MDBO's, tell apart the runs of its panel alone
    inside = [
        text
        for panel in described
        for text in differences([{facet: description.get(facet)} for description in panel])
    ]
    told = [", ".join(filter(None, both)) for both in zip(beside, inside, strict=True)]
    methods = ["" if facet == ALGORITHM else _method(description) for description in every]
    return [text or method for text, method in zip(told, methods, strict=True)]


def _method(description: Mapping[str, Any]) -> str:
    return phrase(ALGORITHM, flatten(description).get(ALGORITHM))


def _without(facet: str, description: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description without its part ``facet``."""
    key, _, inner = facet.partition(".")
    rest = {name: value for name, value in description.items() if name != key}
    held = description.get(key)
    return {**rest, key: _without(inner, held)} if inner and isinstance(held, Mapping) else rest


def _with_distinct_labels(runs: Sequence[Group]) -> list[Group]:
    """Return the runs of a panel, with the name of the first file added to labels that several share."""
    count = Counter(run.label for run in runs)
    return [
        Group(f"{run.label} ({_file(run, i)})".lstrip(), run.traces) if count[run.label] > 1 else run
        for i, run in enumerate(runs)
    ]


def _file(run: Group, number: int) -> str:
    path = run.traces[0].path
    return path.stem if path else f"run {number + 1}"
