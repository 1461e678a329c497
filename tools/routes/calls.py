"""Calls of the package's functions, counted by caller and callee while a run goes on.

A generator that is taken up again counts as called, a property that calls nothing does not. What lies between two
functions of the package (numpy, torch, mpi4py) is skipped, and comprehensions belong to the function that they stand
in.
"""

from __future__ import annotations

import inspect
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

import p2pbo

PACKAGE = str(Path(p2pbo.__file__).parent) + "/"
WITHIN = ("<module>", "<listcomp>", "<dictcomp>", "<setcomp>", "<genexpr>")

Call = tuple[str, str]
"""Caller and callee, each "FILE:LINE NAME" with the file as the package has it; "" where nobody called."""


@contextmanager
def counted() -> Iterator[Counter[Call]]:
    """Inside, calls are counted; the counts are complete behind it."""
    edges: Counter[tuple[CodeType | None, CodeType]] = Counter()
    found: Counter[Call] = Counter()
    ours: dict[CodeType, bool] = {}

    def of_package(code: CodeType) -> bool:
        if code not in ours:
            ours[code] = code.co_filename.startswith(PACKAGE) and code.co_name not in WITHIN
        return ours[code]

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event != "call" or not of_package(frame.f_code):
            return
        above = frame.f_back
        while above is not None and not of_package(above.f_code):
            above = above.f_back
        edges[None if above is None else above.f_code, frame.f_code] += 1

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        calling = {caller for caller, _ in edges}
        for (caller, callee), count in edges.items():
            if callee in calling or not is_property(callee):
                found["" if caller is None else place(caller), place(callee)] += count


def is_property(code: CodeType) -> bool:
    """Whether this function is what a property of a class calls."""
    module = next((module for module in sys.modules.values() if file_of(module) == code.co_filename), None)
    owner: object = module
    for name in code.co_qualname.split("."):
        owner = inspect.getattr_static(owner, name, None)
    return isinstance(owner, property | cached_property)


def file_of(module: ModuleType) -> str | None:
    return getattr(module, "__file__", None)


def place(code: CodeType) -> str:
    return f"{code.co_filename.removeprefix(PACKAGE)}:{code.co_firstlineno} {code.co_qualname}"
