"""The facts of the runs of a report: settings that they share, settings that differ, and their environment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from p2pbo.analysis.formatting import format_setting, format_value
from p2pbo.analysis.html_report.folder import ReportRun
from p2pbo.analysis.labels import RESULT_NEUTRAL_SETTINGS
from p2pbo.method_names import method_name
from p2pbo.trace.settings import differing_names, flatten

_NOT_THE_PLACE = {
    *("Conventions", "description", "exit_status", "seed", "start_time"),
    *("lambda_2", "lambda_k", "spectral_gap", "crossed_bytes", "crossed_messages", "resumed_at"),
}
"""The attributes of a trace that are no part of its environment, or that are given as a range."""


def shared_settings(runs: Sequence[ReportRun]) -> dict[str, str]:
    """Return the settings that all runs share, a text for each part of their descriptions; unset ones left out."""
    settings = _settings(runs)
    apart = differing_names(settings)
    parts: dict[str, list[str]] = {}
    for key, value in settings[0].items():
        part, _, name = key.partition(".")
        if key not in apart and value is not None:
            parts.setdefault(part, []).append(
                f"{name} = {format_setting(value)}" if name else format_setting(value)
            )
    return {part: ", ".join(texts) for part, texts in parts.items()}


def varied_settings(runs: Sequence[ReportRun]) -> dict[str, str]:
    """Return the settings that differ between runs, with their values in order of appearance."""
    settings = _settings(runs)
    return {key: _listed(run[key] for run in settings if key in run) for key in differing_names(settings)}


def environment(runs: Sequence[ReportRun]) -> dict[str, str]:
    """Return versions, libraries, hosts and other attributes of the environment, start times, and total costs."""
    attributes = [run.attributes for run in runs]
    names = dict.fromkeys(name for held in attributes for name in held if name not in _NOT_THE_PLACE)
    starts = sorted(held["start_time"] for held in attributes)
    return {
        **{name.replace("_", " "): _counted(attributes, name) for name in names},
        "started": " to ".join(dict.fromkeys((starts[0], starts[-1]))),
        "wall-clock time of all runs": format_value(sum(run.seconds for run in runs), "s"),
        "payload sent by all nodes of all runs": format_value(sum(run.sent for run in runs), "byte"),
    }


def _settings(runs: Sequence[ReportRun]) -> list[dict[str, Any]]:
    return [_shown(run.trace.description) for run in runs]


def _shown(description: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a description that change results, the method by the name of its paper."""
    settings = flatten(
        {key: value for key, value in description.items() if key not in RESULT_NEUTRAL_SETTINGS}
    )
    if "algorithm" in settings:
        settings["algorithm"] = method_name(str(settings["algorithm"]))
    return settings


def _listed(values: Iterable[Any]) -> str:
    return " · ".join(dict.fromkeys(map(format_setting, values)))


def _counted(attributes: Sequence[Mapping[str, Any]], name: str) -> str:
    """Return the values of an attribute, with the number of runs of each where they differ."""
    count = Counter(str(held.get(name, "not known")) for held in attributes)
    if len(count) == 1:
        return next(iter(count))
    return " · ".join(f"{value} ({number} run{'s' * (number != 1)})" for value, number in count.items())
