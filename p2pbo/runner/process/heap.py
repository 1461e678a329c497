"""Memory that a run frees: it stays with the process until the end, and serves the next wide rows without new pages.

The GNU C library maps arrays of 32 MB and more anew each time, whatever else is free; for a sum of two such arrays the
pages cost as much as the sum.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of mallopt
_KEEP_ALL = 2**31 - 1  # a C int
_USUAL = 2**25
"""Bytes to which the library's own threshold grows once such arrays have been freed."""


@contextmanager
def retained_heap() -> Iterator[None]:
    """Keep, inside, what is freed for the next array, however large; give it back to the system at the end.

    Where the C library is another one nothing changes.
    """
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallopt") or not hasattr(library, "malloc_trim"):
        yield
        return
    library.mallopt(_MMAP_THRESHOLD, _KEEP_ALL)
    library.mallopt(_TRIM_THRESHOLD, _KEEP_ALL)
    try:
        yield
    finally:
        library.mallopt(_MMAP_THRESHOLD, _USUAL)
        library.mallopt(_TRIM_THRESHOLD, 2 * _USUAL)
        library.malloc_trim(0)
