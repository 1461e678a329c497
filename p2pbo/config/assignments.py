"""Values of a description as people assign them, ``--set KEY=VALUE``, and values laid over others."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from p2pbo.errors import InputError

MAX_DEPTH = 32
"""The most tables and lists one in another; a description has four."""

NAMED_SECTIONS = ("algorithm", "problem", "data", "estimator", "mixing", "schedule")
"""The sections whose settings belong to their name: another name does not inherit them."""


def parse_assignments(assignments: Iterable[str]) -> dict[str, Any]:
    """Return nested values from ``a.b=value`` assignments; a value is TOML, or else text.

    Raises:
        InputError: an assignment has no '=' or no key, or is too deep.
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
        check_depth(f"--set {assignment[:40]}…", nested)
        values = merge(values, nested)
    return values


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``below`` overlaid by ``above``; sections are merged, a section given as text counts as its name."""
    merged = dict(below)
    for key, value in above.items():
        held, given = _section(merged.get(key), value), _section(value, merged.get(key))
        if not isinstance(held, Mapping) or not isinstance(given, Mapping):
            merged[key] = value
        elif (
            key in NAMED_SECTIONS and {"name"} <= held.keys() & given.keys() and held["name"] != given["name"]
        ):
            merged[key] = given
        else:
            merged[key] = merge(held, given)
    return merged


def _section(value: Any, beside: Any) -> Any:
    """Return text that stands beside a section as the section of that name; other values as they are."""
    return {"name": value} if isinstance(value, str) and isinstance(beside, Mapping) else value


def check_depth(subject: str, values: Any) -> None:
    """Check that merging and validation, which recurse into values, come to an end with these.

    Raises:
        InputError: there are more than ``MAX_DEPTH`` tables or lists one in another.
    """
    level = [values]
    for _ in range(MAX_DEPTH + 1):
        tables = [value.values() if isinstance(value, dict) else value for value in level]
        level = [inner for table in tables for inner in table if isinstance(inner, (dict, list))]
    if level:
        raise too_deep(subject)


def too_deep(subject: str) -> InputError:
    """Return the error about values that are too many tables or lists one in another."""
    return InputError(subject, f"has more than {MAX_DEPTH} tables or lists one in another", "make it flatter")
