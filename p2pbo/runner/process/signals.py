"""The stop on request: SIGUSR1, SIGTERM or SIGHUP at any rank, or a time limit, and all ranks end after the same step.

The rank that is asked says "stop after step t + d" in the heads of its messages, where d is the diameter of the
network of ranks: a rank at distance d has heard of it when it has done step t + d itself. The smallest step wins.
"""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGUSR1, signal.SIGTERM, signal.SIGHUP)


class Stopped(RuntimeError):
    """The run has stopped on request, and can be gone on with.

    Attributes:
        everywhere: whether all ranks raise it alike; else it ends the job.
    """

    def __init__(self, text: str, *, everywhere: bool = True) -> None:
        super().__init__(text)
        self.everywhere = everywhere


class OutOfTime(Stopped):
    """The run has stopped at its time limit, and can be gone on with."""


class StopRequest:
    """The state of requests to this process: whether a signal or a time limit asks it to stop, or it is interrupted.

    Attributes:
        made: the signal that has asked; None: none has.
    """

    def __init__(self) -> None:
        self.made: int | None = None
        self._began, self._limit = time.monotonic(), math.inf
        self._interrupted = False
        self._before: dict[signal.Signals, Any] = {}

    def listen(self) -> None:
        """Take the signals as requests from now on; not outside the main thread, which hears of none.

        The end of the terminal does not ask where it is ignored, as under nohup.
        """
        if threading.current_thread() is threading.main_thread():
            heard = [number for number in SIGNALS if not (number == signal.SIGHUP and _ignored(number))]
            self._before = {number: signal.signal(number, self._ask) for number in heard}
            if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
                signal.signal(signal.SIGINT, self._interrupt)

    def limit(self, seconds: float) -> None:
        """Ask for the stop, too, so many seconds after this object was made."""
        self._limit = seconds

    @property
    def out_of_time(self) -> bool:
        """Whether the time limit is over."""
        return time.monotonic() - self._began >= self._limit

    def check(self) -> None:
        """Check that no interrupt was lost, as happens to one that comes while an object is finalized.

        Raises:
            KeyboardInterrupt: one was.
        """
        if self._interrupted:
            raise KeyboardInterrupt

    def decline(self) -> None:
        """Let the signals do again what they did before; one that has come does it now."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}
        if self.made is not None:
            signal.raise_signal(self.made)

    def interrupt_instead(self) -> None:
        """Let SIGUSR1, which launchers pass on, interrupt from now on; the others do what they did before."""
        self.decline()
        if threading.current_thread() is threading.main_thread():
            self._before = {signal.SIGUSR1: signal.signal(signal.SIGUSR1, _as_interrupt)}

    def end(self) -> None:
        """Let all signals do again what they did before."""
        self.made = None
        self.decline()
        if signal.getsignal(signal.SIGINT) == self._interrupt:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self._interrupted = True
        raise KeyboardInterrupt

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.made = number


@contextmanager
def stop_requests() -> Iterator[StopRequest]:
    """Take signals as requests to stop, inside, unless that is declined; yield what they have asked."""
    request = StopRequest()
    request.listen()
    try:
        yield request
    finally:
        request.end()


@contextmanager
def signals_ignored() -> Iterator[None]:
    """Ignore, inside, signals that ask for a stop or interrupt: the process ends anyway."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [number for number in (*SIGNALS, signal.SIGINT) if signal.getsignal(number) is not None]
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _as_interrupt(number: int, frame: FrameType | None) -> None:
    usual = signal.getsignal(signal.SIGINT)
    handler = usual if callable(usual) else signal.default_int_handler
    handler(number, frame)  # which may wait, see interrupts.deferred_interrupts


def _ignored(number: int) -> bool:
    return signal.getsignal(number) is signal.SIG_IGN
