"""Who keeps a run: the rank and the link that others have waited for longest, as shares of the time of the steps.

A rank that is late makes its neighbours late, and these theirs. So those count that are waited for longer than they
wait themselves: a neighbour of the slowest rank is waited for as long, but waits as long, too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pbo.trace import Trace


@dataclass(frozen=True)
class SlowestRank:
    """The rank that holds the others up most.

    Attributes:
        rank: its number.
        awaited: the share of the time in which a neighbour waits for it, on average.
        waits: the share of the time in which it waits for neighbours.
    """

    rank: int
    awaited: float
    waits: float


@dataclass(frozen=True)
class SlowestLink:
    """The link that holds a rank up most: ``waiting`` waits for ``awaited`` during this ``share`` of the time."""

    waiting: int
    awaited: int
    share: float


def slowest(trace: Trace) -> tuple[SlowestRank, SlowestLink] | None:
    """Return the slowest rank and link of a completed run on several ranks; None where the trace does not tell."""
    if "rank_wait_time" not in trace or not len(trace.values("rank_wait_time")):
        return None
    waiting, awaited = trace.values("waiting_rank"), trace.values("awaited_rank")
    period = max(trace.attributes["rank_wait_period"], np.finfo(float).tiny)
    shares = trace.values("rank_wait_time") / period
    size = int(max(waiting.max(), awaited.max())) + 1
    own = np.bincount(waiting, shares, size)
    of_rank = np.bincount(awaited, shares, size) / np.maximum(np.bincount(awaited, minlength=size), 1)
    rank = int(np.argmax(of_rank - own))
    link = int(np.argmax(shares - own[awaited]))
    return (
        SlowestRank(rank, _share(of_rank[rank]), _share(own[rank])),
        SlowestLink(int(waiting[link]), int(awaited[link]), _share(shares[link])),
    )


def _share(value: float) -> float:
    """Return a share of the time of the steps, whose mean over ranks may be less than what one of them waits."""
    return min(1.0, float(value))
