"""Groups of traces that differ by their seeds alone: a curve with its band, a row of a table."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from p2pbo.analysis.labels import RESULT_NEUTRAL_SETTINGS, phrase, trace_labels
from p2pbo.errors import InputError
from p2pbo.trace import Trace

SEEDS = ("seed", "data_seed")
"""The parts of a description that decide what is drawn, and nothing else."""


def data_seed(trace: Trace) -> Any:
    """Return the seed that drew the data of a run: its own, or else that of the run."""
    seed, of_data = (trace.description.get(name) for name in SEEDS)
    return seed if of_data is None else of_data


def data_seeds(traces: Iterable[Trace]) -> list[Any]:
    """Return the seed that drew the data of each run."""
    return [data_seed(trace) for trace in traces]


OWN_DATA = ("custom", "minimax", "quadratic", "synthetic-linear")
"""The problems that bring data of their own ("custom": one that a script brings along): no data set has been read."""


@dataclass(frozen=True)
class Group:
    """A group of traces that differ by their seeds alone.

    Attributes:
        label: the label that tells the group from others.
        traces: the traces, sorted by seed, then by the seed of their data.
    """

    label: str
    traces: tuple[Trace, ...]


def group_by_seed(traces: Sequence[Trace], without: Collection[str] = ()) -> list[Group]:
    """Group traces that differ by their seeds alone, in the order of their first members.

    A run that was done twice with the same seeds gives two groups, told apart by the names of their files.

    Args:
        traces: traces of any runs.
        without: parts of the description that labels leave out, such as those in the titles of panels.
    """
    members: dict[tuple[str, int], list[Trace]] = {}
    repeats: Counter[tuple[str, Any]] = Counter()
    for trace in traces:
        run = json.dumps(_without_seeds(trace), sort_keys=True)
        drawn = (trace.description.get("seed"), data_seed(trace))
        members.setdefault((run, repeats[run, drawn]), []).append(trace)
        repeats[run, drawn] += 1
    gathered = [sorted(group, key=_by_seeds) for group in members.values()]
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
            if part_of(first, part) != part_of(other, part):
                cause = f"is of another {part} than {first.subject}"
                raise InputError(other.subject, cause, "leave it out, or compare all the same with --force")


def part_of(trace: Trace, part: str) -> Any:
    """Return a part of a trace's description; None for data and partition where its problem brings data of its own."""
    problem = trace.description.get("problem")
    name = problem.get("name") if isinstance(problem, dict) else problem
    return None if part in ("data", "partition") and name in OWN_DATA else trace.description.get(part)


def differing_parts(one: Trace, other: Trace) -> set[str]:
    """Return the parts in which the descriptions of two runs differ, but for seeds and what changes no results."""
    first, second = _without_seeds(one), _without_seeds(other)
    return {part for part in {*first, *second} if first.get(part) != second.get(part)}


def _without_seeds(trace: Trace) -> dict[str, Any]:
    apart = {*RESULT_NEUTRAL_SETTINGS, *SEEDS}
    return {key: value for key, value in trace.description.items() if key not in apart}


def _by_seeds(trace: Trace) -> tuple[int, int]:
    return trace.description.get("seed", 0), data_seed(trace) or 0


def _labels(firsts: Sequence[Trace], without: Collection[str]) -> list[str]:
    if len(firsts) == 1:  # nothing to tell it from
        algorithm = firsts[0].description.get("algorithm")
        name = algorithm.get("name") if isinstance(algorithm, dict) else algorithm
        return [phrase("algorithm", name)] if name else trace_labels(firsts)
    return trace_labels(firsts, {*without, *SEEDS})
