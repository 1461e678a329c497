"""Packages of the extras, looked for and imported when they are first needed."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import Any

from p2pbo.errors import InputError


def require(*names: str, extra: str) -> None:
    """Check, without importing them, that packages of p2pbo's extra ``extra`` are installed.

    Raises:
        InputError: one is not; names it and the extra.
    """
    for name in names:
        if find_spec(name) is None:
            raise InputError(name, "is not installed", f"pip install 'p2pbo[{extra}]'")


def analysis_module(name: str) -> Any:
    """Return the module ``name`` of the extra ``analysis``.

    Raises:
        InputError: it is not installed.
    """
    require(name.partition(".")[0], extra="analysis")
    return importlib.import_module(name)
