"""Waiting for daemons, which say goodbye before they are ready."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from p2pbo.errors import InputError

DEADLINE = 120.0
"""Seconds that a daemon may take, on a busy machine, too."""


def wait_until(ready: Callable[[], bool], subject: str, logs: Path) -> None:
    """Return when ``ready`` says so.

    Raises:
        InputError: it takes too long.
    """
    began = time.monotonic()
    while not ready():
        if time.monotonic() > began + DEADLINE:
            raise InputError(subject, f"is not ready after {DEADLINE:.0f} s", f"see {logs}")
        time.sleep(0.02)
