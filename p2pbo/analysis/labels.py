"""Labels of several runs: the differences between their descriptions, and nothing else.

An algorithm, problem, topology … that differs by name is labelled by its name; settings appear only where they tell
traces of one name apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from p2pbo.analysis.formatting import format_setting
from p2pbo.method_names import method_name
from p2pbo.trace import Trace
from p2pbo.trace.record import RunDescription

RESULT_NEUTRAL_SETTINGS = (
    *("out", "resume", "log_every", "exact", "quiet"),
    *("checksum", "checkpoint_every", "time_limit", "divergence_factor", "stall_timeout", "on_failure"),
)
"""The keys of a description that do not change results: files, screen, logging, checkpoints."""

LENGTH = ("steps", "until")
"""Keys in labels only where nothing else tells runs apart: axes show them, and methods often differ in them."""

_PHRASES: dict[str, Callable[[Any], str]] = {
    "algorithm": lambda name: method_name(str(name)),
    "codec": lambda spec: "uncompressed" if spec == "none" else str(spec),
    "compute_time": lambda time: f"computing {time}",
    "silent_after": lambda time: f"silent after {time}",
    "asynchronous": lambda on: "asynchronous" if on == "on" else "in rounds",
    "nodes": lambda count: f"{count} nodes",
    "steps": lambda count: f"{count} steps",
    "seed": lambda seed: f"seed {seed}",
    "data_seed": lambda seed: f"data seed {seed}",
}


def trace_labels(traces: Sequence[Trace], without: Collection[str] = ()) -> list[str]:
    """Return a label for each trace, with file names where descriptions do not tell the traces apart.

    Args:
        traces: the traces to tell apart.
        without: parts of the description that appear elsewhere, such as "seed" or "topology".
    """
    descriptions = [trace.description for trace in traces]
    found = differences(descriptions, {*without, *LENGTH})
    if len(set(found)) < len(found):
        found = differences(descriptions, without)
    count = Counter(found)
    files = [trace.path.stem if trace.path else f"trace {i + 1}" for i, trace in enumerate(traces)]
    return [
        label if label and count[label] == 1 else f"{label} ({file})" if label else file
        for label, file in zip(found, files, strict=True)
    ]


def differences(descriptions: Sequence[RunDescription], without: Collection[str] = ()) -> list[str]:
    """Return the differences of each description from the others as text; empty where there are none."""
    parts: list[list[str]] = [[] for _ in descriptions]
    for key in _keys(descriptions):
        if key in RESULT_NEUTRAL_SETTINGS or key in without:
            continue
        sections = [_section(description.get(key)) for description in descriptions]
        names = [section.get("name") for section in sections]
        differ = _differ(names)
        for part, section in zip(parts, sections, strict=True):
            same_name = [other for other in sections if other.get("name") == section.get("name")]
            if differ and section.get("name") is not None:
                part.append(phrase(key, section["name"]))
            part += [
                f"{name}={format_setting(value)}"
                for name, value in section.items()
                if name != "name" and value is not None and _differ(other.get(name) for other in same_name)
            ]
    return [", ".join(part) for part in parts]


def phrase(key: str, name: Any) -> str:
    """Return the phrase for the part ``key`` of a description with this name: MDBO, ring, 8 nodes."""
    if key in _PHRASES:
        return _PHRASES[key](name)
    return name if isinstance(name, str) else f"{key}={name}"


def _section(value: Any) -> dict[str, Any]:
    """Return a part of a description as a section; a plain value is a name without settings."""
    return value if isinstance(value, dict) else {"name": value}


def _keys(descriptions: Iterable[RunDescription]) -> list[str]:
    return list(dict.fromkeys(key for description in descriptions for key in description))


def _differ(values: Iterable[Any]) -> bool:
    first, *others = values
    return any(other != first for other in others)
