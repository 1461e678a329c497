"""What earlier versions of p2pbo computed otherwise, told from a version and the description of a run.

A formula that changes gets an entry here and a new version: whoever reads an older trace then hears of it, and a run of
the older formula is not gone on with.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from p2pbo.errors import Notice
from p2pbo.version import VERSION

Described = Mapping[str, Any]
Concerned = Callable[[Described], bool]

FIRST = "0.1.0"
"""What wrote the checkpoints that do not say it."""


@dataclass(frozen=True)
class Change:
    """One that a version brought.

    Attributes:
        version: the first one that computes as this one.
        before: what those before it did.
        numbers: of which runs the figures are others.
        state: which runs cannot be gone on with; more, where only the meaning of what is kept has changed.
    """

    version: str
    before: str
    numbers: Concerned
    state: Concerned

    def concerns(self, version: str, described: Described, of: Concerned) -> bool:
        """Tell whether a run of ``version`` is among those ``of`` which this is true."""
        return _ordered(version) < _ordered(self.version) and of(described)


def computed_otherwise(version: str, described: Described) -> list[str]:
    """Return what ``version`` did of which this one gives other figures; empty where it gives the same."""
    return [change.before for change in CHANGES if change.concerns(version, described, change.numbers)]


def kept_otherwise(version: str, described: Described) -> list[str]:
    """Return what ``version`` did that this one cannot go on with; empty where it can."""
    return [change.before for change in CHANGES if change.concerns(version, described, change.state)]


def tell_apart(traces: Iterable[tuple[str, str, Sequence[str]]]) -> None:
    """Give a :class:`Notice` for the traces, by name, of each version that computed something otherwise."""
    found: dict[tuple[str, str], list[str]] = {}
    for subject, version, others in traces:
        if others:
            found.setdefault((version, " and ".join(others)), []).append(subject)
    for (version, others), subjects in found.items():
        first, *more = subjects
        who = f"{first} and {len(more)} more traces are" if more else f"{first} is"
        remedy = f"run anew for the figures of p2pbo {VERSION}"
        warnings.warn(f"{who} of p2pbo {version}, which {others}; {remedy}", Notice, stacklevel=3)


def _error_feedback_with_memories(described: Described) -> bool:
    lossy = any(codec != "none" for _, codec in _codecs(described))
    lags = _algorithm(described).get("delta_upper") not in (None, 1)
    return (lossy or lags) and any(name.startswith("error-feedback") for name in _names(described, "mixing"))


def _drawn_coordinates(described: Described) -> bool:
    algorithm = _algorithm(described)
    fixed = algorithm.get("rafbo_form", "fixed") == "fixed"
    return fixed and algorithm.get("coordinates", "all") != "all"


def _summed_corrections(described: Described) -> bool:
    return not {"ed", "extra"}.isdisjoint(_names(described, "mixing"))


def _summed_corrections_in_float32(described: Described) -> bool:
    return described.get("dtype") == "float32" and _summed_corrections(described)


def _codecs_in_another_order(described: Described) -> bool:
    names = [name for name, _ in _codecs(described)]
    before_y = "y" in names and "z" in names[: names.index("y")]
    return before_y or "" in names[1:]


def _codecs_by_an_attribute(described: Described) -> bool:
    return described.get("codec_by") is not None


CHANGES = (
    Change(
        "0.2.0",
        "moved error feedback's x along memory and decoded message together, and held memories of biased codecs back",
        _error_feedback_with_memories,
        _error_feedback_with_memories,
    ),
    Change(
        "0.2.0",
        "left the factor d/|P| of drawn coordinates out",
        _drawn_coordinates,
        _drawn_coordinates,
    ),
    Change(
        "0.2.0",
        "added the rounding of W up in exact diffusion and EXTRA",
        _summed_corrections_in_float32,
        _summed_corrections,
    ),
    Change(
        "0.2.0",
        "took the last codec that was named for z too, or for all variables",
        _codecs_in_another_order,
        _codecs_in_another_order,
    ),
    Change(
        "0.2.0",
        "fitted codecs to the edges' bandwidth and not to their latency",
        _codecs_by_an_attribute,
        _codecs_by_an_attribute,
    ),
)


def _ordered(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)[:3]))


def _algorithm(described: Described) -> Described:
    found = described.get("algorithm")
    return found if isinstance(found, Mapping) else {}


def _names(described: Described, part: str) -> set[str]:
    """Return the names of a part of the algorithm, of all variables."""
    found = _algorithm(described).get(part, "")
    return {*map(str, found.values())} if isinstance(found, Mapping) else {str(found)}


def _codecs(described: Described) -> list[tuple[str, str]]:
    """Return the codecs of a run in the order in which they were given, by variable; of all variables by ""."""
    parts = (part.rpartition("=") for part in str(described.get("codec", "none")).split(","))
    return [(name, codec) for name, _, codec in parts]
