"""The timeline of a run: what is done when, as far as a run keeps one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from p2pbo.network import WaitObserver

ComputeObserver = Callable[[int, int, float, float], None]
"""A function (node, step, begin, end) that is told when a simulated node has computed, in seconds of its time."""

SendObserver = Callable[[int, int, float, float], None]
"""A function (edge, bytes, sent, arrives) that is told of each simulated message."""


class Timeline:
    """The timeline of a run that keeps none.

    Attributes:
        on_wait: is told of each wait of a rank for another.
        on_computed, on_sent: are told what simulated nodes do.
    """

    on_wait: WaitObserver | None = None
    on_computed: ComputeObserver | None = None
    on_sent: SendObserver | None = None

    def begin_step(self, step: int, begin: float) -> None:
        """Note that a step begins at a time of ``perf_counter``."""

    def end_step(self, end: float) -> None:
        """Note that the step ends."""

    @contextmanager
    def span(self, name: str, step: int) -> Iterator[None]:
        """Record what is done inside, after a step."""
        yield

    def close(self) -> None:
        """End this rank's part."""

    def discard(self) -> None:
        """Remove this rank's part: the run has not begun."""

    def gather(self) -> None:
        """Write the timeline of all ranks, on rank 0; to be called by all, whose parts are closed."""

    def collect(self, running: bool) -> None:
        """Write the timeline of the parts in its folder; ``running``: other ranks may still write theirs."""
