"""hold_out: a node's validation and training rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2pbo.data import hold_out
from p2pbo.errors import InputError


@given(
    st.integers(2, 300),
    st.floats(0, 1, exclude_min=True, exclude_max=True),
    st.integers(0, 9),
    st.integers(0, 9),
)
def test_two_parts_that_are_never_empty(samples, fraction, seed, node):
    held, kept = hold_out(samples, fraction, seed, node)
    assert np.sort(np.concatenate([held, kept])).tolist() == list(range(samples))
    assert min(len(held), len(kept)) >= 1
    assert abs(len(held) - fraction * samples) <= 1
    for part in (held, kept):
        assert part.dtype == np.int64
        assert (np.diff(part) > 0).all()
    np.testing.assert_array_equal(held, hold_out(samples, fraction, seed, node)[0])


def test_seed_and_node_decide():
    drawn = {tuple(hold_out(100, 0.3, seed, node)[0]) for seed in range(5) for node in range(5)}
    assert len(drawn) == 25
    assert {len(held) for held in drawn} == {30}


def test_every_row_is_held_equally_often():
    draws = 3000
    held = np.zeros(10)
    for node in range(draws):
        held[hold_out(10, 0.3, 0, node)[0]] += 1
    assert np.abs(held / draws - 0.3).max() < 5 * np.sqrt(0.3 * 0.7 / draws)


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.1, float("nan")])
def test_a_fraction_outside_0_and_1_is_refused(fraction):
    with pytest.raises(InputError, match="use one between 0 and 1"):
        hold_out(10, fraction, 0, 0)


@pytest.mark.parametrize("samples", [0, 1])
def test_one_row_cannot_be_split(samples):
    with pytest.raises(InputError, match=f"node 7 has too few samples \\({samples}\\) to hold some out"):
        hold_out(samples, 0.5, 0, 7)
