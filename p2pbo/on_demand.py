"""Packages that import what they export when it is first used (PEP 562): who reads a trace waits for no solver."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Callable, Iterator
from typing import Any


def imported_on_demand(package: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` of a package whose imports under ``TYPE_CHECKING`` are done at first use.

    So they stand once, ``from MODULE import NAME``, for type checkers and for this.

    Args:
        package: its ``__name__``.
    """
    module = sys.modules[package]
    homes = dict(_imports(module.__loader__.get_source(package)))  # type: ignore[union-attr]

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        if homes[name] == package:
            return importlib.import_module(f"{package}.{name}")
        value = getattr(importlib.import_module(homes[name]), name)
        setattr(module, name, value)
        return value

    return get, lambda: sorted({*vars(module), *homes})


def _imports(source: str) -> Iterator[tuple[str, str]]:
    """Yield the names that are imported under ``TYPE_CHECKING``, and the modules that they come from."""
    for block in ast.parse(source).body:
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING":
            for statement in block.body:
                if isinstance(statement, ast.ImportFrom) and statement.module is not None:
                    yield from ((alias.name, statement.module) for alias in statement.names)
