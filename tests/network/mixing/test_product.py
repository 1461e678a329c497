"""W S goes into memory of earlier rounds, but never into rows that somebody still has."""

import numpy as np
import pytest
import scipy.sparse

from p2pbo.network.mixing.product import HELD, WIDE, Mixer

W = np.array([[0.5, 0.25, 0.25], [0.25, 0.75, 0.0]])


def stack(seed, width):
    return np.random.default_rng(seed).standard_normal((3, width))


@pytest.mark.parametrize("width", [1, 40, WIDE - 1, WIDE, WIDE + 7])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("form", [np.array, scipy.sparse.csr_array])
def test_the_product_is_w_times_the_stack_in_every_round(width, dtype, form):
    mix = Mixer(form(W).astype(dtype), width)
    for seed in range(5):
        S = stack(seed, width).astype(dtype)
        mixed = mix(S)
        assert mixed.dtype == dtype
        np.testing.assert_allclose(mixed, W @ S, rtol=1e-12 if dtype == "float64" else 1e-5, atol=1e-6)


@pytest.mark.parametrize("width", [40, WIDE])
@pytest.mark.parametrize(
    "keep",
    [
        lambda mixed: mixed,
        lambda mixed: mixed[:, 3:5],
        lambda mixed: mixed[0][3:5],
        lambda mixed: mixed.T,
        lambda mixed: (mixed[:, :2], mixed[:, 2:])[1],
        lambda mixed: memoryview(mixed),
    ],
)
def test_rows_that_are_kept_are_not_written_over(width, keep):
    mix = Mixer(W, width)
    kept = [keep(mix(stack(seed, width))) for seed in range(3 * HELD)]
    for seed, rows in enumerate(kept):
        np.testing.assert_array_equal(np.asarray(rows), np.asarray(keep(Mixer(W, width)(stack(seed, width)))))


def test_memory_serves_again_when_its_rows_are_gone():
    mix = Mixer(W, WIDE)
    places = set()
    for seed in range(10):
        rows = mix(stack(seed, WIDE))  # the rows of the round before are still in use here
        places.add(rows.ctypes.data)
    assert len(places) <= HELD
