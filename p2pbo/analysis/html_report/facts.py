"""What the runs of a report are, in words: what they share, where they differ, and how they were made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from p2pbo.analysis.formatting import setting, written
from p2pbo.analysis.html_report.folder import Run
from p2pbo.analysis.labels import BESIDE_THE_POINT
from p2pbo.trace.settings import differing_names, flatten

_NOT_THE_PLACE = {
    *("Conventions", "description", "exit_status", "seed", "start_time"),
    *("lambda_2", "lambda_k", "spectral_gap", "crossed_bytes", "crossed_messages", "resumed_at"),
}
"""Attributes of a trace that do not say where it was made, or that are told as a range."""


def shared(runs: Sequence[Run]) -> dict[str, str]:
    """The settings that all runs have alike, a text for each part of their descriptions; without unset ones."""
    settings = _settings(runs)
    apart = differing_names(settings)
    parts: dict[str, list[str]] = {}
    for key, value in settings[0].items():
        part, _, name = key.partition(".")
        if key not in apart and value is not None:
            parts.setdefault(part, []).append(f"{name} = {setting(value)}" if name else setting(value))
    return {part: ", ".join(texts) for part, texts in parts.items()}


def varied(runs: Sequence[Run]) -> dict[str, str]:
    """Return the settings in which runs differ, with their values in the order in which they come."""
    settings = _settings(runs)
    return {key: _listed(run[key] for run in settings if key in run) for key in differing_names(settings)}


def environment(runs: Sequence[Run]) -> dict[str, str]:
    """Versions, libraries, hosts, and whatever else the traces say of where they were made; when, and at what cost."""
    attributes = [run.attributes for run in runs]
    names = dict.fromkeys(name for held in attributes for name in held if name not in _NOT_THE_PLACE)
    starts = sorted(held["start_time"] for held in attributes)
    return {
        **{name.replace("_", " "): _counted(attributes, name) for name in names},
        "started": " to ".join(dict.fromkeys((starts[0], starts[-1]))),
        "wall-clock time of all runs": written(sum(run.seconds for run in runs), "s"),
        "payload sent by all nodes of all runs": written(sum(run.sent for run in runs), "byte"),
    }


def _settings(runs: Sequence[Run]) -> list[dict[str, Any]]:
    return [
        flatten({key: value for key, value in run.trace.description.items() if key not in BESIDE_THE_POINT})
        for run in runs
    ]


def _listed(values: Iterable[Any]) -> str:
    return " · ".join(dict.fromkeys(map(setting, values)))


def _counted(attributes: Sequence[Mapping[str, Any]], name: str) -> str:
    """Return the values of an attribute; with how many runs had which, where they are not all alike."""
    count = Counter(str(held.get(name, "not known")) for held in attributes)
    if len(count) == 1:
        return next(iter(count))
    return " · ".join(f"{value} ({number} run{'s' * (number != 1)})" for value, number in count.items())
