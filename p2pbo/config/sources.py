"""The files that a description comes from: TOML, JSON, or the trace of a run to repeat."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from p2pbo.config.assignments import check_depth, too_deep
from p2pbo.config.description import Description, check_repeatable
from p2pbo.errors import InputError, did_you_mean
from p2pbo.reading import read_text
from p2pbo.shipped import shipped_runs

MAX_BYTES = 2**18
"""The largest file that is read."""

_MOST_DOTS = 100  # of a key; the time that tomllib takes for one grows faster than their square


def from_file(path: Path) -> dict[str, Any]:
    """Return the values in a TOML file, or those that a trace (.h5) was made from.

    Where there is no such file, a name without a suffix is that of a run that comes with p2pbo: ``gao2023-fig1-a9a``.

    Raises:
        InputError: the file is missing, malformed (names the line), too large or too deep, or the
            trace's run cannot be repeated.
    """
    if path.suffix in {".h5", ".nc"}:
        from p2pbo.trace.reading.reader import open_silently

        description: dict[str, Any] = open_silently(path).description
        check_repeatable(Description.parse(description), str(path))
        return description
    return _read(_run_path(path), "TOML", _from_toml)


def _run_path(path: Path) -> Path:
    """Return the file itself if it is there or has a suffix or folder, else the run of that name.

    Raises:
        InputError: no run of that name comes with p2pbo.
    """
    name = str(path)
    if os.path.lexists(name) or path.suffix or os.sep in name:
        return path
    runs = shipped_runs()
    if name not in runs:
        raise InputError(name, "is neither a file nor a run that comes with p2pbo", did_you_mean(name, runs))
    return runs[name]


def from_json(path: Path) -> dict[str, Any]:
    """Return the values in a JSON file.

    Raises:
        InputError: the file is missing, malformed (names the line), too large or too deep.
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
        raise too_deep(str(path)) from None
    except InputError:
        raise
    except ValueError as error:
        reason = (
            str(error).lower().partition("; use sys.")[0]
        )  # advice on how to allow numbers of 4300 digits
        raise InputError(str(path), f"is not {form}: {reason}", "correct that place") from None
    if not isinstance(values, dict):
        raise InputError(str(path), "holds no names with values", "give the file that p2pbo wrote")
    check_depth(str(path), values)
    return values


def _from_toml(text: str) -> dict[str, Any]:
    for number, line in enumerate(text.split("\n"), start=1):
        if max(part.count(".") for part in re.split("[=,]", line)) > _MOST_DOTS:
            raise ValueError(f"a key of more than {_MOST_DOTS} dots (at line {number})")
    return tomllib.loads(text)
