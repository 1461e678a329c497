"""The packages of the extra ``analysis``, imported when they are first needed."""

from __future__ import annotations

import importlib
from typing import Any

from p2pbo.errors import InputError


def analysis_module(name: str) -> Any:
    """The module ``name``, which belongs to the extra ``analysis``.

    Raises:
        InputError: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise InputError(f"{error.name}", "is not installed", "pip install 'p2pbo[analysis]'") from None
