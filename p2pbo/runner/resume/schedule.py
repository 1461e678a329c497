"""When the checkpoints of a run are due, where they go, and what a run says that stops with one."""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path

from p2pbo.config import Description
from p2pbo.config.interval import Interval, parse_interval
from p2pbo.runner.process.early_exit import listed
from p2pbo.runner.process.signals import OutOfTime, Stopped
from p2pbo.runner.resume.checkpoints import checkpoint_path


class CheckpointSchedule:
    """The checkpoints that a description asks for.

    Attributes:
        asked: whether it asks for any: then there is one at the end, too.
    """

    def __init__(self, description: Description) -> None:
        every = description.checkpoint_every
        self._every = parse_interval(every) if every else Interval()
        self._out, self._time_limit = description.out, description.time_limit
        self.asked = self._every != Interval()
        self._saved_at = time.monotonic()

    @property
    def path(self) -> Path:
        """Where they go."""
        assert self._out is not None  # checked
        return checkpoint_path(Path(self._out))

    def by_steps(self, before: int, step: int) -> bool:
        """Tell whether one is due after a step later than ``before``, up to ``step``."""
        every = self._every.steps
        return every is not None and step // every > before // every

    @property
    def by_time(self) -> bool:
        """Whether the last one is too long ago."""
        seconds = self._every.seconds
        return seconds is not None and time.monotonic() - self._saved_at >= seconds

    def saved(self) -> None:
        """Note that one has been written."""
        self._saved_at = time.monotonic()

    def stopped(self, step: int, *, out_of_time: bool, lost: Collection[int] = ()) -> Stopped:
        """Return what a run raises that has stopped after a step: with a checkpoint, unless ranks are ``lost``."""
        then = f"after step {step}; p2pbo run {self.path} goes on"
        if lost:
            without = f"after step {step} without {listed(lost)}"
            then = f"{without}: a checkpoint would lack its nodes; {self._before}"
        if out_of_time:
            return OutOfTime(f"stopped at the time limit of {self._time_limit} {then}", everywhere=not lost)
        return Stopped(f"stopped on request {then}", everywhere=not lost)

    @property
    def _before(self) -> str:
        return f"p2pbo run {self.path} goes on from the one before" if self.path.exists() else "none is kept"
