"""Who waits for whom: a rank that sleeps is named, and the waits of pairs are those that the trace has always told."""

from pathlib import Path

import numpy as np
import pytest
import slow_rank

import p2pbo
from p2pbo.analysis import summarize

PROGRAM = Path(slow_rank.__file__)


def test_a_rank_that_sleeps_is_named(either_build, tmp_path):
    out = tmp_path / "run.h5"
    finished = either_build.start(4, PROGRAM, out)
    assert (finished.code, finished.own_lines) == (0, [])
    trace = p2pbo.open_trace(out)
    rank, link = summarize(trace).slowest_rank, summarize(trace).slowest_link
    assert rank.rank == link.awaited == slow_rank.SLOW
    assert link.waiting in (slow_rank.SLOW - 1, slow_rank.SLOW + 1)
    slept = slow_rank.STEPS * slow_rank.SECONDS
    assert trace.attributes["rank_wait_period"] >= 0.9 * slept
    assert rank.awaited * trace.attributes["rank_wait_period"] >= 0.8 * slept
    assert trace.values("rank_wait_time").sum() / 4 == pytest.approx(trace.values("wait_time")[-1])
    pairs = set(zip(trace.values("waiting_rank"), trace.values("awaited_rank"), strict=True))
    assert pairs == {(rank, (rank + step) % 4) for rank in range(4) for step in (1, -1)}


def test_one_process_waits_for_nobody(tmp_path):
    out = tmp_path / "run.h5"
    trace = p2pbo.run(problem="quadratic", nodes=3, steps=2, out=out)
    assert "rank_wait_time" not in trace
    assert not np.any(trace.values("wait_time"))
