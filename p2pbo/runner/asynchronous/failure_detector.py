"""A failure detector: ranks that give no sign for too long, neither a word nor that they have received one."""

from __future__ import annotations

from collections.abc import Iterable
from time import perf_counter

from p2pbo.asynchronous.silence_clock import SilenceClock


class FailureDetector:
    """When each rank was heard of last, as far as this one could hear.

    Args:
        silent_after: seconds after which a rank is given up; infinite: never.
    """

    def __init__(self, silent_after: float) -> None:
        self._silent_after = silent_after
        self._clock = SilenceClock(silent_after)
        self._heard: dict[int, float] = {}

    def look(self) -> None:
        """Count the time since the last look."""
        if self._heard:
            self._clock.look(perf_counter())
        else:
            self._clock.begin(perf_counter())

    def hear(self, rank: int) -> None:
        """Note a sign of a rank."""
        self._heard[rank] = self._clock.watched

    def suspected(self, ranks: Iterable[int]) -> list[int]:
        """Return which of these ranks have given no sign for too long; they are watched from the first time on."""
        now = self._clock.watched
        return [rank for rank in ranks if now - self._heard.setdefault(rank, now) > self._silent_after]
