"""Bias, variance and contraction, measured against what each codec states."""

import numpy as np
import pytest
from codec_examples import BIASED, DTYPES, POSITIONED, SPECS, UNBIASED, passed, some_keys, some_rows

from p2pbo.compression import CODECS, codec

DRAWS, SIGMAS = 10_000, 5


def drawn(made, v):
    """C(v), DRAWS times."""
    return passed(made, np.tile(v, (DRAWS, 1)), some_keys(DRAWS)).astype(np.float64)


def vectors(dim):
    """Random ones, and ones that leave little to compress or much."""
    one = np.zeros(dim)
    one[dim // 3] = -2.5
    return {
        "random": some_rows(1, dim)[0],
        "one entry": one,
        "constant": np.full(dim, 0.3),
        "alternating": np.resize([1.0, -1.0], dim),
        "geometric": 0.5 ** np.arange(dim) * np.resize([1, 1, -1], dim),
        "just beside powers of two": np.resize([1.5, 0.99, -2.02, 3.0], dim),
        "halfway": np.resize(1 + 2.0 ** -np.array([8, 9, 11, 12, 24, 25]), dim),
    }


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("spec", UNBIASED)
def test_unbiased_with_variance_at_most_omega(spec, dtype):
    dim = 13
    made = codec(spec, dim, dtype)
    for name in ("random", "just beside powers of two"):
        v = vectors(dim)[name].astype(dtype)
        C, v = drawn(made, v), v.astype(np.float64)
        allowed = SIGMAS * C.std(axis=0) / DRAWS**0.5 + 1e-6 * np.abs(v)
        assert (np.abs(C.mean(axis=0) - v) <= allowed).all()
        error = ((C - v) ** 2).sum(axis=1) / (v @ v)
        assert error.mean() <= made.omega + SIGMAS * error.std() / DRAWS**0.5 + 1e-6
    assert made.delta == pytest.approx(1 / (1 + made.omega))


@pytest.mark.parametrize("spec", POSITIONED)
def test_variance_of_random_entries_is_omega(spec):
    dim = 13
    made, v = codec(spec, dim), some_rows(1, dim)[0]
    error = ((drawn(made, v) - v) ** 2).sum(axis=1) / (v @ v)
    assert abs(error.mean() - made.omega) <= SIGMAS * error.std() / DRAWS**0.5 + 1e-12


@pytest.mark.parametrize("spec", ["qsgd:1", "qsgd:3"])
def test_qsgd_by_buckets(spec):
    """The last bucket is shorter; the variance of rounding |v| s/‖v‖ = level + f is f (1 − f) (‖v‖/s)²."""
    made = CODECS.make(spec, 23, np.dtype("float64"), bucket=10)
    s = int(spec[-1])
    assert made.omega == min(10 / s**2, 10**0.5 / s)
    for v in (np.ones(23), some_rows(1, 23)[0]):
        C = drawn(made, v)
        assert (np.abs(C.mean(axis=0) - v) <= SIGMAS * C.std(axis=0) / DRAWS**0.5 + 1e-9).all()
        error, expected = ((C - v) ** 2).sum(axis=1), 0.0
        for bucket in (v[:10], v[10:20], v[20:]):
            norm = np.linalg.norm(bucket)
            f = np.abs(bucket) * s / norm % 1
            expected += (f * (1 - f)).sum() * (norm / s) ** 2
        assert abs(error.mean() - expected) <= SIGMAS * error.std() / DRAWS**0.5
        assert expected <= made.omega * (v @ v)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("spec", BIASED)
def test_biased_codecs_contract(spec, dtype):
    for dim in (1, 6, 13, 1000):
        made = codec(spec, dim, dtype)
        assert 0 < made.delta <= 1
        for v in vectors(min(dim, 13) if dim < 1000 else dim).values():
            v = v.astype(dtype)[None]
            if not v.any() or np.abs(v[v != 0]).min() < 1e-4:  # casts state δ for the normal range of float16
                continue
            error = ((passed(made, v).astype(np.float64) - v) ** 2).sum()
            assert error <= (1 - made.delta) * (v.astype(np.float64) ** 2).sum() * (1 + 1e-5) + 1e-30


def test_the_contraction_of_topk_and_sign_is_reached():
    constant, one = np.ones((1, 10)), np.eye(1, 10)
    assert ((passed(codec("topk:3", 10), constant) - constant) ** 2).sum() == pytest.approx(10 * (1 - 0.3))
    assert ((passed(codec("sign", 10), one) - one) ** 2).sum() == pytest.approx(1 - 0.1)


@pytest.mark.parametrize("spec", POSITIONED)
@pytest.mark.parametrize("dim", [1, 2, 7, 30])
def test_every_entry_is_drawn_equally_often(spec, dim):
    made = codec(spec, dim)
    positions = made.positions(some_keys(DRAWS))
    assert positions.shape == (DRAWS, made.entries)
    assert positions.dtype == np.int64
    counts, p = np.bincount(positions.ravel(), minlength=dim), made.entries / dim
    assert len(counts) == dim
    assert (np.abs(counts - DRAWS * p) <= SIGMAS * (DRAWS * p * (1 - p)) ** 0.5).all()
    ordered = np.sort(positions, axis=1)
    assert (np.diff(ordered, axis=1) > 0).all()


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec not in POSITIONED])
def test_other_codecs_have_no_positions(spec):
    with pytest.raises(TypeError, match="does not send entries"):
        codec(spec, 8).positions(some_keys(1))
