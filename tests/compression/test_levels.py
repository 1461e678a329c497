"""Rand-K of the upper and the lower level (He 2024 (10))."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2pbo.compression import codec
from p2pbo.compression.levels import ratio, shared_entries, upper_entries
from p2pbo.errors import InputError


@pytest.mark.parametrize(("dim_x", "dim_y"), [(157_000, 2_010), (300, 5_000), (64, 64)])
def test_errors_are_balanced(dim_x, dim_y):
    upper, lower = shared_entries(dim_x, dim_y, (dim_x + dim_y) // 20)
    assert upper + lower == (dim_x + dim_y) // 20
    for K_x, K_y in ((upper, lower), (upper_entries(dim_x, dim_y, lower), lower)):
        omegas = (codec(f"randk:{K}", dim).omega for K, dim in ((K_x, dim_x), (K_y, dim_y)))
        omega_u, omega_l = omegas
        assert (1 + omega_u) / (1 + omega_l) == pytest.approx((dim_x / dim_y) ** 0.5, rel=0.02)


def test_he_2024s_hyper_representation_is_near_it():
    assert upper_entries(157_000, 2_010, 200) == pytest.approx(2000, rel=0.15)


@given(st.integers(1, 500), st.integers(1, 500), st.data())
def test_shares_are_possible_and_none_is_nearer(dim_x, dim_y, data):
    total = data.draw(st.integers(2, dim_x + dim_y))
    upper, lower = shared_entries(dim_x, dim_y, total)
    assert upper + lower == total
    assert 1 <= upper <= dim_x
    assert 1 <= lower <= dim_y
    wanted = total * ratio(dim_x, dim_y) / (1 + ratio(dim_x, dim_y))
    possible = [K for K in range(1, dim_x + 1) if 1 <= total - K <= dim_y]
    assert abs(upper - wanted) <= min(abs(K - wanted) for K in possible) + 1e-9


@pytest.mark.parametrize("total", [0, 1, 31])
def test_impossible_totals(total):
    with pytest.raises(InputError, match=rf"a total of {total} entries cannot be shared .* use 2 to 30"):
        shared_entries(10, 20, total)
