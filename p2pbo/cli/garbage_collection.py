"""Garbage collection while a command is imported: what modules hold stays, and need not be looked through."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Iterator[None]:
    """Collect no garbage inside, and look no more at what is there then, also at the end of the process.

    Objects are set aside once a process: where many commands are called in one, their own garbage is to go.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():
            gc.freeze()
        if was_enabled:
            gc.enable()
