"""A thread that hears for the nodes of a rank while they compute.

Else what comes meanwhile would be received after the step, when it is as old as that; and since an edge carries one
message at a time, what the neighbour would have sent since is not on its way. Where steps are short there is nothing to
gain, and the thread rests.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

SHORT, LOOKS, LEAST, REST = 4e-3, 50, 1e-3, 0.05
"""Seconds of a step that needs no thread, looks within one that does and the least seconds between them, and those
between looks where the thread rests."""


class Listener:
    """The thread of one rank.

    Args:
        hear: hears what has come; called by the thread while it holds ``lock``.

    Attributes:
        lock: who holds it has nodes and edges for itself.
    """

    def __init__(self, hear: Callable[[], None]) -> None:
        self._hear = hear
        self._pause = REST
        self._error: Exception | None = None
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="listener", daemon=True)
        self.lock = threading.Lock()

    def start(self) -> None:
        """Let the thread begin."""
        self._thread.start()

    def stop(self) -> None:
        """Let the thread end, and wait for that."""
        self._left.set()
        if self._thread.is_alive():
            self._thread.join()

    def adapt(self, seconds: float) -> None:
        """Look as often as a step of so many seconds needs.

        Raises:
            PeerError: an edge has failed at an earlier look.
        """
        self._pause = max(seconds / LOOKS, LEAST) if seconds > SHORT else REST
        if self._error is not None:
            raise self._error

    def _listen(self) -> None:
        while not self._left.wait(self._pause):
            try:
                with self.lock:
                    self._hear()
            except Exception as error:  # which the rank itself is to raise
                self._error = error
                return
