"""Numbers of any width, packed and unpacked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2pbo.compression.packing import pack, packed_bytes, unpack


def packed(codes, width):
    wire = np.full((len(codes), packed_bytes(width, codes.shape[1])), 0xFF, np.uint8)
    pack(codes, width, wire)
    return wire


@given(st.data())
def test_numbers_come_back(data):
    width, count, n = (data.draw(st.integers(*ends)) for ends in ((0, 64), (1, 40), (1, 3)))
    number = st.integers(0, 2**width - 1)
    row = st.lists(number, min_size=count, max_size=count)
    codes = np.array(data.draw(st.lists(row, min_size=n, max_size=n)), dtype=np.uint64)
    wire = packed(codes, width)
    assert -(-width * count // 8) <= wire.shape[1] <= -(-width * count // 8) + 2
    np.testing.assert_array_equal(unpack(wire, width, count), codes)


@pytest.mark.parametrize(
    ("width", "codes", "wire"),
    [
        (1, [1, 0, 1, 1, 0, 0, 0, 0, 1], [0b00001101, 1]),
        (4, [0x1, 0x2, 0xF], [0x21, 0x0F]),
        (2, [0, 1, 2, 3, 1], [0b11100100, 0b01]),
        (8, [7, 200], [7, 200]),
        (12, [0xABC, 0x123], [0xBC, 0x23, 0x1A]),
        (3, [0b101, 0b010, 0b111], [0b111001, 0b101]),
    ],
)
def test_by_hand(width, codes, wire):
    dtype = np.min_scalar_type(2**width - 1)
    assert packed(np.array([codes], dtype=dtype), width).tolist() == [wire]


def test_codes_are_left_as_they_were():
    codes = np.array([[5, 6, 7]], dtype=np.uint8)
    packed(codes, 3)
    assert codes.tolist() == [[5, 6, 7]]
