"""Groups of traces that differ by their seed alone: a curve with its band, a row of a table."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from p2pbo.analysis.labels import RESULT_NEUTRAL_SETTINGS, phrase, trace_labels
from p2pbo.errors import InputError
from p2pbo.trace import Trace

SEED = "seed"


@dataclass(frozen=True)
class Group:
    """A group of traces that differ by their seed alone.

    Attributes:
        label: the label that tells the group from others.
        traces: the traces, sorted by seed.
    """

    label: str
    traces: tuple[Trace, ...]


def group_by_seed(traces: Sequence[Trace], without: Collection[str] = ()) -> list[Group]:
    """Group traces that differ by their seed alone, in the order of their first members.

    A run that was done twice with one seed gives two groups, told apart by the names of their files.

    Args:
        traces: traces of any runs.
        without: parts of the description that labels leave out, such as those in the titles of panels.
    """
    members: dict[tuple[str, int], list[Trace]] = {}
    repeats: Counter[tuple[str, Any]] = Counter()
    for trace in traces:
        run, seed = _run(trace), trace.description.get(SEED)
        members.setdefault((run, repeats[run, seed]), []).append(trace)
        repeats[run, seed] += 1
    gathered = [sorted(group, key=lambda trace: trace.description.get(SEED, 0)) for group in members.values()]
    named = _labels([group[0] for group in gathered], without)
    return [Group(label, tuple(group)) for label, group in zip(named, gathered, strict=True)]


def check_comparable(traces: Sequence[Trace]) -> None:
    """Check that all traces solve one problem with one data set, as comparable ones do.

    Raises:
        InputError: two traces differ; the message names them and the difference.
    """
    first = traces[0]
    for other in traces[1:]:
        for part in ("problem", "data"):
            if first.description.get(part) != other.description.get(part):
                cause = f"is of another {part} than {first.subject}"
                raise InputError(other.subject, cause, "leave it out, or compare all the same with --force")


def _run(trace: Trace) -> str:
    apart = {*RESULT_NEUTRAL_SETTINGS, SEED}
    described = {key: value for key, value in trace.description.items() if key not in apart}
    return json.dumps(described, sort_keys=True)


def _labels(firsts: Sequence[Trace], without: Collection[str]) -> list[str]:
    if len(firsts) == 1:  # nothing to tell it from
        algorithm = firsts[0].description.get("algorithm")
        name = algorithm.get("name") if isinstance(algorithm, dict) else algorithm
        return [phrase("algorithm", name)] if name else trace_labels(firsts)
    return trace_labels(firsts, {*without, SEED})
