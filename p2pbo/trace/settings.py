"""The settings of several runs by dotted names: ``algorithm``, ``algorithm.eta``, …"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def flatten(nested: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested settings by their dotted names; the "name" in a section gets the name of the section."""
    found: dict[str, Any] = {}
    for key, value in nested.items():
        if isinstance(value, Mapping):
            inner = flatten(value)
            found |= {key if name == "name" else f"{key}.{name}": part for name, part in inner.items()}
        else:
            found[key] = value
    return found


def differing_names(settings: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names of the settings that are not the same in all runs."""
    names = dict.fromkeys(name for run in settings for name in run)
    return [name for name in names if any(run.get(name) != settings[0].get(name) for run in settings)]


def setting_array(values: Sequence[Any]) -> NDArray[Any]:
    """Return the array of one setting of all runs; NaN or empty text where a run has none."""
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
