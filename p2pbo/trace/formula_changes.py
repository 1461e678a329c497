"""The formulas that differ in earlier versions of p2pbo, and the runs that each concerns.

A formula that changes gets an entry here and a new version: readers of an older trace get a notice, and a run of the
older formula is not resumed.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from p2pbo.errors import Notice
from p2pbo.trace.record import RunDescription
from p2pbo.version import VERSION

Predicate = Callable[[RunDescription], bool]

FIRST_VERSION = "0.1.0"
"""The version of files that do not say theirs."""


@dataclass(frozen=True)
class FormulaChange:
    """A formula that a version changed.

    Attributes:
        version: the first version with the present formula.
        before: the former behaviour, as the end of a sentence about a version.
        numbers: tells whether the change concerns the results of a run.
        state: tells whether a run cannot be resumed; concerns more runs where only the meaning of its state changed.
    """

    version: str
    before: str
    numbers: Predicate
    state: Predicate

    def concerns(self, version: str, described: RunDescription, of: Predicate) -> bool:
        """Tell whether a run of ``version`` precedes the change and satisfies the predicate ``of``."""
        return _ordered(version) < _ordered(self.version) and of(described)


def changed_results(version: str, described: RunDescription) -> list[str]:
    """Return the former behaviours of ``version`` that give a run other results; empty if its results are the same."""
    return [change.before for change in CHANGES if change.concerns(version, described, change.numbers)]


def incompatible_state(version: str, described: RunDescription) -> list[str]:
    """Return the former behaviours of ``version`` that keep a run from being resumed; empty if it can be."""
    return [change.before for change in CHANGES if change.concerns(version, described, change.state)]


def warn_of_changes(traces: Iterable[tuple[str, str, Sequence[str]]]) -> None:
    """Give a :class:`Notice` for the traces, by name, of each version whose results differ."""
    found: dict[tuple[str, str], list[str]] = {}
    for subject, version, others in traces:
        if others:
            found.setdefault((version, " and ".join(others)), []).append(subject)
    for (version, others), subjects in found.items():
        first, *more = subjects
        who = f"{first} and {len(more)} more traces are" if more else f"{first} is"
        remedy = f"run anew for the figures of p2pbo {VERSION}"
        warnings.warn(f"{who} of p2pbo {version}, which {others}; {remedy}", Notice, stacklevel=3)


def _error_feedback_with_memories(described: RunDescription) -> bool:
    lossy = any(codec != "none" for _, codec in _codecs(described))
    lags = _algorithm(described).get("delta_upper") not in (None, 1)
    return (lossy or lags) and any(name.startswith("error-feedback") for name in _names(described, "mixing"))


def _drawn_coordinates(described: RunDescription) -> bool:
    algorithm = _algorithm(described)
    fixed = algorithm.get("rafbo_form", "fixed") == "fixed"
    return fixed and algorithm.get("coordinates", "all") != "all"


def _summed_corrections(described: RunDescription) -> bool:
    return not {"ed", "extra"}.isdisjoint(_names(described, "mixing"))


def _summed_corrections_in_float32(described: RunDescription) -> bool:
    return described.get("dtype") == "float32" and _summed_corrections(described)


def _codecs_in_another_order(described: RunDescription) -> bool:
    names = [name for name, _ in _codecs(described)]
    before_y = "y" in names and "z" in names[: names.index("y")]
    return before_y or "" in names[1:]


def _codecs_by_an_attribute(described: RunDescription) -> bool:
    return described.get("codec_by") is not None


def _largest_entries(described: RunDescription) -> bool:
    return any("topk" in codec.split(":") for _, codec in _codecs(described))


CHANGES = (
    FormulaChange(
        "0.2.0",
        "moved error feedback's x along memory and decoded message together, and held memories of biased codecs back",
        _error_feedback_with_memories,
        _error_feedback_with_memories,
    ),
    FormulaChange(
        "0.2.0",
        "left the factor d/|P| of drawn coordinates out",
        _drawn_coordinates,
        _drawn_coordinates,
    ),
    FormulaChange(
        "0.2.0",
        "added the rounding of W up in exact diffusion and EXTRA",
        _summed_corrections_in_float32,
        _summed_corrections,
    ),
    FormulaChange(
        "0.2.0",
        "took the last codec that was named for z too, or for all variables",
        _codecs_in_another_order,
        _codecs_in_another_order,
    ),
    FormulaChange(
        "0.2.0",
        "fitted codecs to the edges' bandwidth and not to their latency",
        _codecs_by_an_attribute,
        _codecs_by_an_attribute,
    ),
    FormulaChange(
        "0.2.0",
        "left it to the processor which of equal entries top-K sends",
        _largest_entries,
        _largest_entries,
    ),
)


def _ordered(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)[:3]))


def _algorithm(described: RunDescription) -> RunDescription:
    found = described.get("algorithm")
    return found if isinstance(found, Mapping) else {}


def _names(described: RunDescription, part: str) -> set[str]:
    """Return the names of a part of the algorithm for all variables."""
    found = _algorithm(described).get(part, "")
    return {*map(str, found.values())} if isinstance(found, Mapping) else {str(found)}


def _codecs(described: RunDescription) -> list[tuple[str, str]]:
    """Return the variables and codecs of a run in their order; the variable "" stands for all."""
    parts = (part.rpartition("=") for part in str(described.get("codec", "none")).split(","))
    return [(name, codec) for name, _, codec in parts]
