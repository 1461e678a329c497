"""The settings of several runs, by name: what a description nests becomes ``algorithm``, ``algorithm.eta``, …"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def flat(nested: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings by their dotted names; what is called "name" in a section has the section's own name."""
    found: dict[str, Any] = {}
    for key, value in nested.items():
        if isinstance(value, Mapping):
            inner = flat(value)
            found |= {key if name == "name" else f"{key}.{name}": part for name, part in inner.items()}
        else:
            found[key] = value
    return found


def differing(settings: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names of those that are not the same in all runs."""
    names = dict.fromkeys(name for run in settings for name in run)
    return [name for name in names if any(run.get(name) != settings[0].get(name) for run in settings)]


def column(values: Sequence[Any]) -> NDArray[Any]:
    """Return one setting of all runs; where a run has none, numbers are NaN and text is empty."""
    kinds = {type(value) for value in values} - {type(None)}
    if kinds == {bool} and None not in values:
        return np.array(values)
    if kinds and kinds <= {int, float}:
        return np.array([np.nan if value is None else value for value in values])
    return np.array([_text(value) for value in values], dtype=str)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)
