"""Two implementations of the loops that take a codec's time: numpy's, and, where numba is there, the same compiled.

A function under ``compiled_where_possible`` is numpy's, and the reference. The module of the same name in ``compiled/``
has one of the same name and parameters, which gives the same bits. Nothing else knows which of them runs: ranks with
numba and ranks without it understand each other. Numba is imported at the first call, so that nobody else waits for it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_uses_of_numpy_alone: list[None] = []


def compiled_where_possible(reference: Callable[P, T]) -> Callable[P, T]:
    """Return numpy's ``reference`` with a compiled form, which is called instead where numba is installed."""
    home, name = reference.__module__.rpartition(".")[2], reference.__name__

    @wraps(reference)
    def call(*arguments: P.args, **named: P.kwargs) -> T:
        module = None if _uses_of_numpy_alone else compiled_module(home)
        return (reference if module is None else getattr(module, name))(*arguments, **named)

    return call


@cache
def compiled_module(home: str) -> Any:
    """Return the module ``home`` of the compiled loops, or None where numba is not there, or cannot be used."""
    try:
        return importlib.import_module(f"p2pbo.compression.compiled.{home}")
    except (ImportError, OSError):  # refuses this numpy; finds no LLVM
        return None


@contextmanager
def numpy_alone() -> Iterator[None]:
    """Use numpy's implementations inside, to hold the compiled ones against them."""
    _uses_of_numpy_alone.append(None)
    try:
        yield
    finally:
        _uses_of_numpy_alone.pop()
