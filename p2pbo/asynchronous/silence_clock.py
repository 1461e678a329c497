"""The clock by which others fall silent: a pause of this process, in which nobody could be heard, hardly counts."""

from __future__ import annotations

LOOK = 0.25
"""The largest share of a silence that is too long that passes between two looks: who was paused looks again first."""


class SilenceClock:
    """Seconds of which each look adds those since the last one, up to a share of the silence that is too long.

    Args:
        silent_after: these seconds; infinite: there are none.

    Attributes:
        looked: when it was looked at last, in seconds of the run.
        watched: the seconds that count.
    """

    def __init__(self, silent_after: float) -> None:
        self._longest_look = LOOK * silent_after
        self.looked = self.watched = 0.0

    def begin(self, now: float) -> None:
        """Count from this moment on."""
        self.looked = self.watched = now

    def look(self, now: float) -> None:
        """Count the time since the last look."""
        self.watched += min(now - self.looked, self._longest_look)
        self.looked = now
