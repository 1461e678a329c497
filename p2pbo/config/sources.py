"""Where a description comes from: a TOML file or a trace, overlaid by flags and ``--set KEY=VALUE``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from p2pbo.config.description import Description, refuse_objects
from p2pbo.errors import InputError


def from_file(path: Path) -> dict[str, Any]:
    """The values in a TOML file, or those that a trace (.h5) was made from.

    Raises:
        InputError: the file is missing or malformed (names the line), or the trace's run cannot be repeated.
    """
    if path.suffix in {".h5", ".nc"}:
        from p2pbo.trace import open_trace

        description: dict[str, Any] = open_trace(path).description
        refuse_objects(Description.parse(description), str(path))
        return description
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            str(path), f"cannot be read ({error.strerror})", "give a TOML file or a trace"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(str(path), f"is not TOML: {str(error).lower()}", "correct that place") from None


def overlay(assignments: Iterable[str]) -> dict[str, Any]:
    """Nested values from ``a.b=value`` assignments; a value is TOML, or else text.

    Raises:
        InputError: an assignment has no '=' or no key.
    """
    values: dict[str, Any] = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        path = [part.strip() for part in key.split(".")]
        if not equals or not all(path):
            raise InputError(f"--set {assignment}", "is no assignment", "write --set section.key=value")
        nested: Any = _value(text)
        for part in reversed(path):
            nested = {part: nested}
        values = merge(values, nested)
    return values


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


AFRESH = ("algorithm", "problem", "data", "estimator", "mixing", "schedule")
"""Sections whose settings belong to their name: another name does not inherit them."""


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """``below`` overlaid by ``above``; sections are merged, a section given as text counts as its name."""
    merged = dict(below)
    for key, value in above.items():
        held, given = _section(merged.get(key), value), _section(value, merged.get(key))
        if not isinstance(held, Mapping) or not isinstance(given, Mapping):
            merged[key] = value
        elif key in AFRESH and {"name"} <= held.keys() & given.keys() and held["name"] != given["name"]:
            merged[key] = given
        else:
            merged[key] = merge(held, given)
    return merged


def _section(value: Any, beside: Any) -> Any:
    """Text beside a section is that section's name."""
    return {"name": value} if isinstance(value, str) and isinstance(beside, Mapping) else value
