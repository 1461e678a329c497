"""A link sends one frame after the other, each as long as its rate says, and each arrives after the delay."""

import math

import pytest
from cluster.links import Links, Shaper

from p2pbo.errors import InputError

FRAME = 1000


def arrivals(links, *entered, seed=0):
    """When and where frames of 1000 bytes arrive that enter as ``(sender, receivers, now)``."""
    shaper = Shaper(links, seed)
    return [
        pair for sender, receivers, now in entered for pair in shaper.arrivals(sender, receivers, FRAME, now)
    ]


def test_frames_wait_for_those_before_them_and_save_no_time_up():
    links = Links(rate=1e4, delay=0.5)
    found = arrivals(links, (1, [2], 0.0), (1, [2], 0.0), (1, [2], 0.05), (1, [2], 9.0))
    assert [instant for instant, _ in found] == pytest.approx([0.6, 0.7, 0.8, 9.6])


def test_pairs_have_links_of_their_own_in_each_direction():
    found = arrivals(Links(rate=1e4), (1, [2], 0.0), (1, [3], 0.0), (2, [1], 0.0), (1, [2], 0.0))
    assert found == [(0.1, 2), (0.1, 3), (0.1, 1), (0.2, 2)]


def test_all_that_a_host_sends_shares_its_card():
    found = arrivals(Links(rate=1e4, shared=True), (1, [2], 0.0), (1, [3], 0.0), (2, [1], 0.0))
    assert found == [(0.1, 2), (0.2, 3), (0.1, 1)]


@pytest.mark.parametrize(("shared", "instants"), [(True, [0.1, 0.1, 0.2]), (False, [0.1, 0.1, 0.2])])
def test_a_frame_for_all_is_sent_once_by_a_card_and_once_by_each_link(shared, instants):
    found = arrivals(Links(rate=1e4, shared=shared), (1, [2, 3], 0.0), (1, [3], 0.0))
    assert [instant for instant, _ in found] == pytest.approx(instants)


def test_links_without_a_rate_only_delay():
    assert arrivals(Links(delay=0.25), (1, [2], 1.0), (1, [2], 1.0)) == [(1.25, 2), (1.25, 2)]


def test_the_share_that_gets_lost_is_drawn_by_the_seed():
    entered = [(1, [2], float(i)) for i in range(4000)]
    first = arrivals(Links(loss=0.3), *entered, seed=1)
    assert len(first) / len(entered) == pytest.approx(0.7, abs=4 * math.sqrt(0.3 * 0.7 / len(entered)))
    assert arrivals(Links(loss=0.3), *entered, seed=1) == first
    assert arrivals(Links(loss=0.3), *entered, seed=2) != first


def test_what_is_lost_has_taken_its_time_on_the_link():
    sent = [(1, [2], 0.0)] * 100
    last = max(instant for instant, _ in arrivals(Links(rate=1e4, loss=0.5), *sent))
    assert last > 9


@pytest.mark.parametrize(
    "given",
    [{"rate": 0}, {"rate": -1.0}, {"rate": math.nan}, {"delay": -1.0}, {"delay": math.inf}, {"loss": 1.0}],
)
def test_links_that_cannot_be_are_refused(given):
    with pytest.raises(InputError):
        Links(**given)
