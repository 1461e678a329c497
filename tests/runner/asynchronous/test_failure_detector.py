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


def later(detector, clock, seconds, look=0.1):
    for _ in range(round(seconds / look)):
        clock.return_value += look
        detector.look()


def test_who_gives_no_sign_is_silent(clock):
    detector = FailureDetector(1.0)
    detector.look()
    assert detector.suspected([1, 2]) == []
    later(detector, clock, 0.6)
    detector.hear(2)
    later(detector, clock, 0.6)
    assert detector.suspected([1, 2]) == [1]
    assert detector.suspected([3]) == []  # watched from now on
    later(detector, clock, 0.6)
    assert detector.suspected([1, 2, 3]) == [1, 2]


def test_a_pause_of_this_rank_is_not_the_others_silence(clock):
    detector = FailureDetector(1.0)
    detector.look()
    detector.suspected([1])
    later(detector, clock, 60.0, look=60.0)
    assert detector.suspected([1]) == []


def test_without_a_limit_nobody_is(clock):
    detector = FailureDetector(math.inf)
    detector.look()
    detector.suspected([1])
    later(detector, clock, 1e6, look=1e5)
    assert detector.suspected([1]) == []
