"""The clocks of ranks, read as rank 0's: on its machine they are the same one, on others their difference is measured.

a, b   when rank r asks and when it has the answer, by its own clock
t      the answer, rank 0's time; the difference is t − (a + b)/2, wrong by (b − a)/2 at most
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np

from p2pbo.network import Ranks

QUESTIONS = 20
"""How often a rank asks for rank 0's time; the fastest answer counts."""

BOOT = Path("/proc/sys/kernel/random/boot_id")
"""Text that processes share whose clock is the same."""


class ClockOffset(NamedTuple):
    """What to add to this rank's clock to have rank 0's, and the largest error of it, in seconds."""

    seconds: float
    error: float


def clock_offset(
    ranks: Ranks, machine: str | None = None, clock: Callable[[], float] = perf_counter
) -> ClockOffset:
    """Return this rank's offset to rank 0; to be called by all ranks.

    Args:
        ranks: of the run.
        machine: text that ranks share which have one clock.
        clock: of this rank.
    """
    machines = ranks.all_texts(_machine(ranks.rank) if machine is None else machine)
    others = [rank for rank, other in enumerate(machines) if other != machines[0]]
    if ranks.rank == 0:
        _answer(ranks, others, clock)
    return _ask(ranks, clock) if ranks.rank in others else ClockOffset(0.0, 0.0)


def _machine(rank: int) -> str:
    return BOOT.read_text() if BOOT.exists() else f"of rank {rank}"


def _answer(ranks: Ranks, others: list[int], clock: Callable[[], float]) -> None:
    """Tell each of the other ranks the time, as often as it asks."""
    for rank in others:
        for _ in range(QUESTIONS):
            assert ranks.comm is not None  # there is another rank
            ranks.comm.Recv(np.empty(1), source=rank)
            ranks.comm.Send(np.array([clock()]), dest=rank)


def _ask(ranks: Ranks, clock: Callable[[], float]) -> ClockOffset:
    assert ranks.comm is not None
    found, answer = [], np.empty(1)
    for _ in range(QUESTIONS):
        asked = clock()
        ranks.comm.Send(answer, dest=0)
        ranks.comm.Recv(answer, source=0)
        answered = clock()
        found.append(ClockOffset(answer[0] - (asked + answered) / 2, (answered - asked) / 2))
    return min(found, key=lambda offset: offset.error)
