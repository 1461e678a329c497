"""Compilation of loops, once a machine: compiled code is kept on disk."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

BLOCK = 2048
"""Entries of a row that loops go through at a time; a multiple of 64."""

Loop = TypeVar("Loop", bound=Callable[..., Any])

_SOURCES = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))))


def stacked(entry: Any, *, written: bool = False, dimensions: int = 2) -> Any:
    """Return the type of a stack of rows or messages whose entries need not be aligned; ``written`` may be changed."""
    return types.Array(entry, dimensions, "A", readonly=not written, aligned=False)


WORDS: dict[np.dtype[Any], Any] = {np.dtype(np.float32): np.uint32, np.dtype(np.float64): np.uint64}
"""The words that floats are, bit for bit."""

KEYS = stacked(types.uint64, dimensions=1)
MESSAGES, WRITTEN_MESSAGES = stacked(types.uint8), stacked(types.uint8, written=True)


def compiled(signature: Any, *constants: object) -> Callable[[Loop], Loop]:
    """Return a decorator that compiles a loop, now, or loads what a process before has compiled.

    Of processes that start together one compiles, and the others load it. The files have names of their own for each
    set of ``constants``, so that machines that share a folder write the same into them. Where no folder can be written,
    nothing is kept.

    Args:
        signature: the only one, of numba's types.
        constants: what the loop takes from the function around it.
    """

    def compile_or_load(loop: Loop) -> Loop:
        # numba notices a change of a loop's own file alone, but the loops of others are compiled into it
        loop.__qualname__ = "-".join(map(str, (loop.__name__, *constants, _SOURCES.hexdigest()[:8])))
        try:
            with _one_at_a_time():
                return njit(signature, cache=True)(loop)
        except Exception:  # of whatever kind the file system's are; an error in the loop comes again
            return njit(signature)(loop)

    return compile_or_load


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Hold up the user's other processes on this machine that want to compile."""
    path = Path(tempfile.gettempdir(), f".p2pbo-compiling-{os.getuid()}.lock")
    with path.open("a") as file:  # left where it is: who removes it lets two in
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def part(loop: Loop) -> Loop:
    """Return ``loop`` as a part of other loops, compiled into them."""
    return njit(loop)


def _contiguous(typing_context: Any, row: Any) -> Any:
    """Return ``row``, one of a stack, as the contiguous memory that it is: a loop over it needs no stride."""

    def as_it_is(context: Any, builder: Any, signature: Any, arguments: Sequence[Any]) -> Any:
        context.nrt.incref(builder, signature.return_type, arguments[0])
        return arguments[0]

    return row.copy(layout="C")(row), as_it_is


contiguous: Any = intrinsic(_contiguous)
