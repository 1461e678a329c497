"""Interrupts (Ctrl-C), deferred to the end of what they would harm."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def deferred_interrupts(*signals: int) -> Iterator[None]:
    """Defer interrupts that come inside until the end.

    Args:
        signals: what interrupts; none: SIGINT alone.

    Raises:
        KeyboardInterrupt: at the end, where one has come and means that.
    """
    handlers = {number: signal.getsignal(number) for number in signals or (signal.SIGINT,)}
    raising = {number: handler for number, handler in handlers.items() if callable(handler)}
    if not raising or threading.current_thread() is not threading.main_thread():
        yield  # nothing would be raised here
        return
    came: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        came.append(number)

    for number in raising:
        signal.signal(number, note)
    try:
        yield
    finally:
        for number, handler in raising.items():
            signal.signal(number, handler)
        for number in dict.fromkeys(came):
            signal.raise_signal(number)
