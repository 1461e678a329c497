"""The sources of a description: a file or a trace, overlaid by flags and ``--set KEY=VALUE``."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from p2pbo.config.description import Description, check_repeatable
from p2pbo.errors import InputError
from p2pbo.reading import read_text

MAX_BYTES = 2**18
MAX_DEPTH = 32
"""The most tables and lists one in another; a description has four."""

_MOST_DOTS = 100  # of a key; the time that tomllib takes for one grows faster than their square


def from_file(path: Path) -> dict[str, Any]:
    """Return the values in a TOML file, or those that a trace (.h5) was made from.

    Raises:
        InputError: the file is missing, malformed (names the line) or beyond ``MAX_BYTES`` or ``MAX_DEPTH``, or the
            trace's run cannot be repeated.
    """
    if path.suffix in {".h5", ".nc"}:
        from p2pbo.trace.reading.reader import open_silently

        description: dict[str, Any] = open_silently(path).description
        check_repeatable(Description.parse(description), str(path))
        return description
    return _read(path, "TOML", _from_toml)


def from_json(path: Path) -> dict[str, Any]:
    """Return the values in a JSON file.

    Raises:
        InputError: the file is missing, malformed (names the line), or beyond ``MAX_BYTES`` or ``MAX_DEPTH``.
    """
    return _read(path, "JSON", json.loads)


def _read(path: Path, form: str, parse: Callable[[str], Any]) -> dict[str, Any]:
    try:
        values = parse(read_text(path, MAX_BYTES))
    except OSError as error:
        raise InputError(
            str(path), f"cannot be read ({error.strerror})", f"give a {form} file or a trace"
        ) from None
    except RecursionError:
        raise _too_deep(str(path)) from None
    except InputError:
        raise
    except ValueError as error:
        reason = (
            str(error).lower().partition("; use sys.")[0]
        )  # advice on how to allow numbers of 4300 digits
        raise InputError(str(path), f"is not {form}: {reason}", "correct that place") from None
    if not isinstance(values, dict):
        raise InputError(str(path), "holds no names with values", "give the file that p2pbo wrote")
    _check_depth(str(path), values)
    return values


def _from_toml(text: str) -> dict[str, Any]:
    for number, line in enumerate(text.split("\n"), start=1):
        if max(part.count(".") for part in re.split("[=,]", line)) > _MOST_DOTS:
            raise ValueError(f"a key of more than {_MOST_DOTS} dots (at line {number})")
    return tomllib.loads(text)


def _check_depth(subject: str, values: Any) -> None:
    """Check that merging and validation, which recurse into values, come to an end with these."""
    level = [values]
    for _ in range(MAX_DEPTH + 1):
        tables = [value.values() if isinstance(value, dict) else value for value in level]
        level = [inner for table in tables for inner in table if isinstance(inner, (dict, list))]
    if level:
        raise _too_deep(subject)


def _too_deep(subject: str) -> InputError:
    return InputError(subject, f"has more than {MAX_DEPTH} tables or lists one in another", "make it flatter")


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
        _check_depth(f"--set {assignment[:40]}…", nested)
        values = merge(values, nested)
    return values


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text


NAMED_SECTIONS = ("algorithm", "problem", "data", "estimator", "mixing", "schedule")
"""The sections whose settings belong to their name: another name does not inherit them."""


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
