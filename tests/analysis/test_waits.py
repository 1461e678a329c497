"""The slowest rank and link, against waits that are worked out by hand."""

import json

import numpy as np
import pytest
from rich.console import Console

from p2pbo.analysis import facts_table, summarize
from p2pbo.analysis.waits import SlowestLink, SlowestRank, slowest
from p2pbo.trace import Header, TraceWriter

LATE_RANK = {
    (2, 3): 4.0,
    (4, 3): 3.0,  # the neighbours of rank 3 wait for it,
    (1, 2): 3.8,
    (0, 4): 2.9,  # theirs for them,
    (0, 1): 0.5,
    (1, 0): 0.1,
    (2, 1): 0.1,
    (3, 2): 0.1,
    (3, 4): 0.1,
    (4, 0): 0.2,
}
LATE_LINK = {
    (1, 0): 4.0,
    (0, 1): 0.0,
    (2, 1): 3.9,
    (1, 2): 0.1,
    (0, 3): 0.1,
    (3, 0): 0.2,
    (3, 2): 3.8,
    (2, 3): 0.1,
}
"""Rank 0 is quick, but what it sends to rank 1 is long on its way; ranks 2 and 3 wait for those before them."""


def trace_with(waits, period=10.0):
    writer = TraceWriter(None, Header({"algorithm": "mdbo"}, 5, 1, 1, 0, [], [], [], {}))
    if waits:
        writer.write_rank_waits(np.array([(*pair, seconds) for pair, seconds in waits.items()]), period)
    return writer.close("completed")


def test_who_makes_others_late_is_named_not_who_passes_it_on():
    rank, link = slowest(trace_with(LATE_RANK))
    assert (rank.rank, rank.awaited, rank.waits) == (3, pytest.approx(0.35), pytest.approx(0.02))
    assert link == SlowestLink(2, 3, 0.4)


def test_a_slow_link_is_named_by_its_ends():
    _, link = slowest(trace_with(LATE_LINK))
    assert link == SlowestLink(1, 0, 0.4)


def test_a_run_of_one_rank_has_none():
    assert slowest(trace_with({})) is None
    assert summarize(trace_with({})).slowest_rank is None


def test_a_run_without_steps_divides_by_nothing():
    assert slowest(trace_with({(0, 1): 0.0, (1, 0): 0.0}, period=0.0)) == (
        SlowestRank(0, 0.0, 0.0),
        SlowestLink(0, 1, 0.0),
    )


def test_no_share_is_more_than_all_the_time():
    """The time is the mean over ranks, and one may have waited for longer."""
    rank, link = slowest(trace_with({(0, 1): 10.2, (1, 0): 0.0}))
    assert (rank.awaited, link.share) == (1.0, 1.0)


def test_show_says_it():
    console = Console(width=120)
    with console.capture() as capture:
        console.print(facts_table(trace_with(LATE_RANK)))
    assert "rank 3 is waited for 35% of the time, and waits 2% itself" in capture.get()
    assert "rank 2 waits for rank 3 40% of the time" in capture.get()
    told = json.loads(json.dumps(summarize(trace_with(LATE_RANK)).as_json(), allow_nan=False))
    assert told["slowest_link"] == {"waiting": 2, "awaited": 3, "share": 0.4}
