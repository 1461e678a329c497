"""A clock counts looks, and of a pause no more than one may take."""

import math

import pytest

from p2pbo.asynchronous.silence_clock import LOOK, SilenceClock


def test_looks_count_and_a_pause_counts_as_one():
    clock = SilenceClock(silent_after=2.0)
    clock.begin(5.0)
    for now in (5.1, 5.3, 65.3, 65.4):
        clock.look(now)
    assert clock.looked == 65.4
    assert clock.watched == pytest.approx(5.3 + 2.0 * LOOK + 0.1)


def test_one_for_which_no_silence_is_too_long_counts_all():
    clock = SilenceClock(math.inf)
    clock.look(1e6)
    assert clock.watched == 1e6
