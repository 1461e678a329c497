"""Heads of messages: what is not the message that is due, whole, is named and never taken for numbers."""

from pathlib import Path

import numpy as np
import pytest

from p2pbo.network.wire.header import (
    CACHE_LINE,
    HEAD_BYTES,
    NEVER,
    MessageHeader,
    Messages,
    Notices,
    PeerError,
)

PROGRAM = Path(__file__).parents[1] / "corrupting.py"
LENGTH, ROUND, RANK = 20, 7, 3
RANKS = np.array([RANK, 5])
DAMAGED = f"a message of rank {RANK} is damaged: its head does not fit its own check"


def envelope(kind="x y", length=LENGTH, notices=None, checksum=False):
    return MessageHeader(kind, length, notices or Notices(), checksum)


def sealed(by, round_=ROUND):
    """Two messages as they arrive."""
    messages = Messages.empty(2, LENGTH)
    messages.payloads[...] = np.random.default_rng(0).integers(0, 256, messages.payloads.shape)
    by.write(round_, messages)
    return messages


def opened(by, arrived):
    by.check(ROUND, arrived, RANKS)


def refusal(by, arrived):
    with pytest.raises(PeerError) as raised:
        opened(by, arrived)
    return str(raised.value)


@pytest.mark.parametrize("checksum", [False, True])
def test_what_is_due_is_taken(checksum):
    one = envelope(checksum=checksum)
    opened(one, sealed(one))  # a rank's own heads are its neighbours', too
    opened(envelope(checksum=checksum), sealed(one))


DUE = f"where {LENGTH} bytes of round {ROUND} of x y are due"


@pytest.mark.parametrize(
    ("sender", "round_", "what"),
    [
        ({}, ROUND - 1, f"{LENGTH} bytes of round {ROUND - 1}"),
        ({}, ROUND + 1, f"{LENGTH} bytes of round {ROUND + 1}"),
        ({"kind": "x"}, ROUND, f"{LENGTH} bytes of other variables"),
        ({"length": 24}, ROUND, f"24 bytes of round {ROUND}"),
    ],
    ids=["the last round", "the next round", "other variables", "another length"],
)
def test_what_is_not_due_is_named(sender, round_, what):
    arrived = sealed(envelope(**sender), round_)
    assert refusal(envelope(), arrived) == f"rank {RANK} sent {what}, {DUE}"


@pytest.mark.parametrize("bit", range(0, 8 * HEAD_BYTES, 5))
@pytest.mark.parametrize("checksum", [False, True])
def test_no_flipped_bit_of_a_head_goes_unnoticed(bit, checksum):
    one = envelope(checksum=checksum)
    arrived = sealed(one)
    upper_half_of_the_check = bit >= 8 * HEAD_BYTES - 32
    arrived.whole[0, bit // 8] ^= 1 << bit % 8
    if upper_half_of_the_check and not checksum:
        opened(one, arrived)  # it checks nothing
    else:
        assert refusal(one, arrived).startswith(f"a message of rank {RANK} is damaged: ")


def test_the_second_message_is_checked_as_the_first():
    one = envelope()
    arrived = sealed(one)
    arrived.heads[1, 2] += 1
    assert refusal(one, arrived) == DAMAGED.replace(f"rank {RANK}", "rank 5")


@pytest.mark.parametrize("bit", [0, 77, 8 * LENGTH - 1])
def test_with_checksums_no_flipped_bit_of_a_payload_goes_unnoticed(bit):
    one, unchecked = envelope(checksum=True), envelope()
    damaged, unnoticed = sealed(one), sealed(unchecked)
    for messages in (damaged, unnoticed):
        messages.payloads[0, bit // 8] ^= 1 << bit % 8
    assert refusal(one, damaged) == f"a message of rank {RANK} is damaged: round {ROUND} of x y"
    opened(unchecked, unnoticed)


def test_notices_travel_and_the_earliest_wins():
    told, hears = Notices(stop=12, recover=30), Notices(stop=15, save=9)
    opened(envelope(notices=hears), sealed(envelope(notices=told)))
    assert hears == Notices(stop=12, save=9, recover=30)
    assert told == Notices(stop=12, save=NEVER, recover=30)


def test_nothing_is_heard_from_a_damaged_message():
    hears = Notices()
    arrived = sealed(envelope(notices=Notices(stop=12)))
    arrived.heads[0, 3] -= 1
    refusal(envelope(notices=hears), arrived)
    assert hears == Notices()


def test_all_messages_lie_alike_to_cache_lines():
    messages = Messages.empty(3, 13)
    whole, heads, payloads = messages.whole, messages.heads, messages.payloads
    assert (whole.shape, heads.shape, payloads.shape) == ((3, 128), (3, 7), (3, 13))
    assert [row.ctypes.data % CACHE_LINE for row in whole] == [0, 0, 0]
    payloads[...] = 1
    heads[...] = -1
    assert (whole != 0).sum(axis=1).tolist() == [HEAD_BYTES + 13] * 3


def test_some_messages_are_the_same_memory_where_they_are_a_slice():
    messages = Messages.empty(3, 13)
    messages.rows(slice(1, None)).payloads[...] = 7
    assert messages.payloads[:, 0].tolist() == [0, 7, 7]
    messages.rows(np.array([True, False, True])).payloads[...] = 9
    assert messages.payloads[:, 0].tolist() == [0, 7, 7]


def test_a_rank_that_sends_something_else_is_named_and_the_job_ends(build, tmp_path):
    finished = build.start(2, PROGRAM, tmp_path / "run.h5")
    assert sorted(finished.out.split("\n")[:-1]) == [f"{rank} named all" for rank in (0, 1)], finished.err
    assert finished.code == 1
    assert finished.err.count("Traceback (most recent call last)") == 1
    assert finished.err.count(f"PeerError: {DAMAGED.replace('3', '1')}") == 1
