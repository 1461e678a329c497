"""Ranks are silent once nothing has been heard of them for too long, while this one could hear."""

import math
from unittest import mock

import pytest

from p2pbo.runner.asynchronous import failure_detector
from p2pbo.runner.asynchronous.failure_detector import FailureDetector


@pytest.fixture
def clock():
    with mock.patch.object(failure_detector, "perf_counter", return_value=100.0) as now:
        yield now


def later(ranks, clock, seconds, look=0.1):
    for _ in range(round(seconds / look)):
        clock.return_value += look
        ranks.look()


def test_who_gives_no_sign_is_silent(clock):
    ranks = FailureDetector(1.0)
    ranks.look()
    assert ranks.suspected([1, 2]) == []
    later(ranks, clock, 0.6)
    ranks.hear(2)
    later(ranks, clock, 0.6)
    assert ranks.suspected([1, 2]) == [1]
    assert ranks.suspected([3]) == []  # watched from now on
    later(ranks, clock, 0.6)
    assert ranks.suspected([1, 2, 3]) == [1, 2]


def test_a_pause_of_this_rank_is_not_the_others_silence(clock):
    ranks = FailureDetector(1.0)
    ranks.look()
    ranks.suspected([1])
    later(ranks, clock, 60.0, look=60.0)
    assert ranks.suspected([1]) == []


def test_without_a_limit_nobody_is(clock):
    ranks = FailureDetector(math.inf)
    ranks.look()
    ranks.suspected([1])
    later(ranks, clock, 1e6, look=1e5)
    assert ranks.suspected([1]) == []
