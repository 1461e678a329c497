"""Calls of the package's functions, counted by caller and callee while a run goes on.

A generator that is taken up again counts as called. What lies between two functions of the package (numpy, torch,
mpi4py) is skipped, and comprehensions belong to the function that they stand in.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
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
        for (caller, callee), count in edges.items():
            found["" if caller is None else place(caller), place(callee)] += count


def place(code: CodeType) -> str:
    return f"{code.co_filename.removeprefix(PACKAGE)}:{code.co_firstlineno} {code.co_qualname}"
