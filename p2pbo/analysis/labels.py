"""Labels of several runs: what differs between their descriptions, and nothing else.

Where an algorithm, problem, topology … differs by name the name says it; settings are given only where they
tell apart traces of the same name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from p2pbo.analysis.formatting import setting
from p2pbo.trace import Trace

Description = Mapping[str, Any]

# what a run is told about its files and its screen tells nothing about its results
BESIDE_THE_POINT = (
    *("out", "resume", "log_every", "exact", "quiet"),
    *("checksum", "checkpoint_every", "divergence_factor", "stall_timeout", "on_failure"),
)

LENGTH = "steps"
"""Told only where nothing else tells runs apart: figures show it, and longer runs are often other methods."""

_PHRASES: dict[str, Callable[[Any], str]] = {
    "algorithm": lambda name: str(name).upper(),  # the names are acronyms: MDBO, VRDBO
    "codec": lambda spec: "uncompressed" if spec == "none" else str(spec),
    "nodes": lambda count: f"{count} nodes",
    "steps": lambda count: f"{count} steps",
    "seed": lambda seed: f"seed {seed}",
}


def labels(traces: Sequence[Trace], without: Collection[str] = ()) -> list[str]:
    """Return one label for each trace; file names where the descriptions do not tell the traces apart.

    Args:
        traces: what to tell apart.
        without: parts of the description that are told elsewhere, such as "seed" or "topology".
    """
    descriptions = [trace.description for trace in traces]
    found = differences(descriptions, {*without, LENGTH})
    if len(set(found)) < len(found):
        found = differences(descriptions, without)
    count = Counter(found)
    files = [trace.path.stem if trace.path else f"trace {i + 1}" for i, trace in enumerate(traces)]
    return [
        label if label and count[label] == 1 else f"{label} ({file})" if label else file
        for label, file in zip(found, files, strict=True)
    ]


def differences(descriptions: Sequence[Description], without: Collection[str] = ()) -> list[str]:
    """Return what tells each description from the others, as one text; empty where nothing does."""
    parts: list[list[str]] = [[] for _ in descriptions]
    for key in _keys(descriptions):
        if key in BESIDE_THE_POINT or key in without:
            continue
        sections = [_section(description.get(key)) for description in descriptions]
        names = [section.get("name") for section in sections]
        differ = _differ(names)
        for part, section in zip(parts, sections, strict=True):
            same_name = [other for other in sections if other.get("name") == section.get("name")]
            if differ and section.get("name") is not None:
                part.append(phrase(key, section["name"]))
            part += [
                f"{name}={setting(value)}"
                for name, value in section.items()
                if name != "name" and value is not None and _differ(other.get(name) for other in same_name)
            ]
    return [", ".join(part) for part in parts]


def phrase(key: str, name: Any) -> str:
    """Return how people call the part ``key`` of a description that has this name: MDBO, ring, 8 nodes."""
    if key in _PHRASES:
        return _PHRASES[key](name)
    return name if isinstance(name, str) else f"{key}={name}"


def _section(value: Any) -> dict[str, Any]:
    """Return a part of a description that is a plain value counts as a name without settings."""
    return value if isinstance(value, dict) else {"name": value}


def _keys(descriptions: Iterable[Description]) -> list[str]:
    return list(dict.fromkeys(key for description in descriptions for key in description))


def _differ(values: Iterable[Any]) -> bool:
    first, *others = values
    return any(other != first for other in others)
