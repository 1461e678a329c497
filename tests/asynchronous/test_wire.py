"""Messages of asynchronous nodes come out of their bytes as they went in; damaged ones, and other runs, do not."""

import numpy as np
import pytest

from p2pbo.asynchronous.messages import Message
from p2pbo.asynchronous.wire import MessageFormat
from p2pbo.network.wire.header import PeerError

WIDTH = 5


def written(dtype=np.float32, checksum=True, what="xyz"):
    made = MessageFormat(what, WIDTH, np.dtype(dtype), checksum)
    draw = np.random.default_rng(0)
    message = Message(
        (3 << 40) + 17, 1.25, -2, draw.standard_normal(WIDTH).astype(dtype), draw.standard_normal(WIDTH)
    )
    buffer = made.buffer()
    made.write(message, buffer)
    return made, message, buffer


@pytest.mark.parametrize("checksum", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_message_comes_back(dtype, checksum):
    made, message, buffer = written(dtype, checksum)
    found = made.read(buffer.copy(), rank=2)
    assert found[:3] == message[:3]
    np.testing.assert_array_equal(found.v, message.v)
    np.testing.assert_array_equal(found.mass, message.mass)
    assert (found.v.dtype, found.mass.dtype) == (np.dtype(dtype), np.dtype(float))


@pytest.mark.parametrize("place", [0, 9, 17, 25, 33, 41])
def test_a_damaged_head_is_refused(place):
    made, _, buffer = written(checksum=False)
    buffer[place] ^= 4
    with pytest.raises(PeerError, match="a message of rank 2 is damaged: its head"):
        made.read(buffer, rank=2)


def test_a_damaged_row_is_refused_where_it_is_checked():
    made, _, buffer = written()
    buffer[-1] ^= 1
    with pytest.raises(PeerError, match="a message of rank 2 is damaged: what step"):
        made.read(buffer, rank=2)


def test_a_message_of_another_run_is_refused():
    _, _, buffer = written()
    with pytest.raises(PeerError, match="rank 2 sent 60 bytes of other variables, where 60 are due"):
        written(what="xyzu")[0].read(buffer, rank=2)
