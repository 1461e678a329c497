"""Each codec against its definition, written once more, and its size on the wire against a formula."""

import math

import ml_dtypes
import numpy as np
import pytest
from codec_examples import DIMS, DTYPES, decoded, encoded, passed, some_keys, some_rows

from p2pbo.compression import CODECS, NotFinite, codec
from p2pbo.randomness import keys

MILLION = 10**6
SIZES = [*((dim, dtype) for dim in DIMS for dtype in DTYPES), (MILLION, "float32")]
over_sizes = pytest.mark.parametrize(("dim", "dtype"), SIZES)


def bits(count):
    return math.ceil(count / 8)


def kept(keep, dim):
    return max(1, round(keep * dim))


@over_sizes
@pytest.mark.parametrize("spec", ["none", "identity"])
def test_identity(spec, dim, dtype):
    rows, made = some_rows(2, dim, dtype), codec(spec, dim, dtype)
    assert (made.omega, made.delta) == (0, 1)
    wire = encoded(made, rows)
    assert wire.tobytes() == rows.tobytes()
    np.testing.assert_array_equal(decoded(made, wire), rows)


@over_sizes
@pytest.mark.parametrize("to", ["f32", "f16", "bf16"])
def test_cast(to, dim, dtype):
    form = {"f32": np.float32, "f16": np.float16, "bf16": ml_dtypes.bfloat16}[to]
    rows, made = some_rows(2, dim, dtype), codec(f"cast:{to}", dim, dtype)
    wire = encoded(made, rows)
    assert made.wire_bytes == dim * np.dtype(form).itemsize
    through = rows.astype(np.float32) if to == "bf16" else rows
    assert wire.tobytes() == through.astype(form).tobytes()
    np.testing.assert_array_equal(decoded(made, wire), through.astype(form).astype(dtype))


@pytest.mark.parametrize(
    ("spec", "fits", "not_"),
    [("cast:f32", 3.4e38, 3.5e38), ("cast:f16", 65519, 65520), ("cast:bf16", 3.39e38, 3.4e38)],
)
def test_a_cast_refuses_what_its_format_cannot_hold(spec, fits, not_):
    assert np.isfinite(passed(codec(spec, 1), np.array([[fits], [-fits]]))).all()
    with pytest.raises(NotFinite, match=r"row 1 .* too large"):
        passed(codec(spec, 1), np.array([[fits], [-not_]]))


@over_sizes
@pytest.mark.parametrize("name", ["randk", "randblock"])
@pytest.mark.parametrize("keep", [0.01, 0.6, 1.0])
def test_random_entries(name, keep, dim, dtype):
    rows, made = some_rows(2, dim, dtype), codec(f"{name}:{keep}", dim, dtype)
    K = kept(keep, dim)
    assert made.entries == made.kept == K
    assert made.wire_bytes == K * np.dtype(dtype).itemsize
    assert made.omega == pytest.approx(dim / K - 1)
    wire, positions = encoded(made, rows), made.positions(some_keys(2))
    expected = np.zeros_like(rows)
    for i in range(2):
        assert wire[i].tobytes() == rows[i, positions[i]].tobytes()  # as they are
        expected[i, positions[i]] = rows[i, positions[i]] * np.dtype(dtype).type(dim / K)
    np.testing.assert_array_equal(decoded(made, wire), expected)
    if name == "randblock":
        assert set(np.unique(np.diff(positions, axis=1))) <= {1, 1 - dim}


def test_random_entries_check_only_what_they_send():
    for spec in ("randk:5", "randblock:5"):
        rows, made = some_rows(1, 50), codec(spec, 50)
        unsent = np.setdiff1d(np.arange(50), made.positions(some_keys(1)))
        rows[0, unsent] = np.nan
        assert np.isfinite(passed(made, rows)).all()


def test_positions_follow_the_keys_of_each_call():
    made, one, other = codec("randk:9", 500), some_keys(3), some_keys(3, seed=1)
    first, between, again = made.positions(one), made.positions(other), made.positions(one)
    np.testing.assert_array_equal(first, again)
    assert (first != between).any()
    np.testing.assert_array_equal(made.positions(one[:2]), first[:2])
    key = one.copy()
    made.positions(key)
    key[:] = other
    np.testing.assert_array_equal(made.positions(key), between)


@over_sizes
@pytest.mark.parametrize("keep", [0.01, 0.2, 0.7])
def test_topk(keep, dim, dtype):
    rows, made = some_rows(2, dim, dtype), codec(f"topk:{keep}", dim, dtype)
    K = kept(keep, dim)
    assert (made.kept, made.entries, made.omega) == (K, None, None)
    index = math.ceil(math.log2(dim)) if dim > 1 else 0
    listed = sum(bits(plane * K) for plane in [8] * (index // 8) + [p for p in (4, 2, 1) if index & p])
    assert bits(index * K) <= listed <= bits(index * K) + 2
    assert made.wire_bytes == K * np.dtype(dtype).itemsize + min(listed, bits(dim))
    expected = rows.copy()
    for row in expected:
        row[np.argsort(-np.abs(row), kind="stable")[K:]] = 0
    np.testing.assert_array_equal(passed(made, rows), expected)


def test_topk_with_ties_and_zeros_keeps_k():
    for v in ([0, 0, 1, 0, 0], [2, -2, 2, 2, -2], [0, 0, 0, 0, 0]):
        rows = np.array([v], dtype=np.float64)
        out = passed(codec("topk:3", 5), rows)
        assert np.isin(out, [0, *v]).all()
        assert np.count_nonzero(out) == min(3, np.count_nonzero(rows))


@pytest.mark.parametrize("dtype", DTYPES)
def test_topk_takes_the_first_of_equal_entries(dtype):
    levels = np.array([0, 1, -1, 2, -2], dtype)
    for seed in range(200):
        rng = np.random.default_rng(seed)
        dim = int(rng.integers(1, 40))
        rows, K = rng.choice(levels, (3, dim)), int(rng.integers(1, dim + 1))
        made = codec(f"topk:{K}", dim, dtype)
        first = np.sort(np.argsort(-np.abs(rows), axis=1, kind="stable")[:, :K], axis=1)
        wire = encoded(made, rows)
        values = np.take_along_axis(rows, first, axis=1)
        assert wire[:, : values[0].nbytes].tobytes() == values.tobytes()
        expected = np.zeros_like(rows)
        np.put_along_axis(expected, first, values, axis=1)
        np.testing.assert_array_equal(decoded(made, wire), expected)


@over_sizes
def test_sign(dim, dtype):
    rows, made = some_rows(2, dim, dtype), codec("sign", dim, dtype)
    assert made.wire_bytes == np.dtype(dtype).itemsize + bits(dim)
    assert made.delta == 1 / dim
    expected = np.sign(rows) * np.abs(rows.astype(np.float64)).mean(axis=1, keepdims=True)
    np.testing.assert_allclose(passed(made, rows), expected, rtol=2e-5 if dtype == "float32" else 1e-12)


@over_sizes
def test_natural(dim, dtype):
    rows, made = some_rows(2, dim, dtype), codec("natural", dim, dtype)
    width = {"float32": 9, "float64": 12}[dtype]
    assert made.wire_bytes == bits(width * dim)
    assert made.omega == 1 / 8
    out = passed(made, rows)
    mantissa, exponent = np.frexp(rows)  # ½ ≤ |mantissa| < 1
    below = np.ldexp(np.sign(mantissa), exponent - 1)
    assert ((out == below) | (out == 2 * below)).all()
    powers = np.ldexp(np.ones((1, dim), dtype), np.arange(dim) % 60 - 30)
    np.testing.assert_array_equal(passed(made, -powers), -powers)  # what is one stays as it is


def test_natural_is_unbiased_for_subnormals_too():
    v = np.float32([[1e-39, -3e-40]])
    out = passed(codec("natural", 2, "float32"), np.tile(v, (20_000, 1)), some_keys(20_000)).astype(
        np.float64
    )
    assert set(np.unique(np.abs(out))) == {0, float(np.finfo(np.float32).tiny)}
    assert (np.abs(out.mean(axis=0) - v) <= 5 * out.std(axis=0) / 20_000**0.5).all()


@over_sizes
@pytest.mark.parametrize(("s", "width"), [(1, 2), (2, 3), (4, 4), (7, 4), (127, 8), (128, 9), (1000, 11)])
def test_qsgd(s, width, dim, dtype):
    if dim == MILLION and s != 4:
        return
    rows, made = some_rows(2, dim, dtype), codec(f"qsgd:{s}", dim, dtype)
    assert width == 1 + math.ceil(math.log2(s + 1))
    D, size = min(512, dim), np.dtype(dtype).itemsize
    buckets = math.ceil(dim / D)
    packed = bits(width * dim)
    assert buckets * size + packed <= made.wire_bytes <= buckets * size + packed + 2
    assert made.wire_bytes == buckets * size + packed or width in (3, 7, 11)  # packed in two planes or more
    assert made.omega == min(D / s**2, D**0.5 / s)
    out = passed(made, rows).astype(np.float64)
    for at in range(0, dim, D):
        v, C = rows[:, at : at + D].astype(np.float64), out[:, at : at + D]
        step = np.linalg.norm(v, axis=1, keepdims=True) / s
        tolerance = 1e-5 if dtype == "float32" else 1e-11
        np.testing.assert_allclose(C / step, np.round(C / step), atol=tolerance * s)
        assert (np.abs(C - v) <= step * (1 + tolerance * s)).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_rounding_lifts_no_entry_above_the_highest_level(dtype):
    """A level beyond s would not fit its bits, however seldom it is drawn: buckets of one entry reach s exactly."""
    made = CODECS.make("qsgd:3", 50_000, np.dtype(dtype), bucket=1)
    relative, factors = made._relative(some_rows(1, 50_000, dtype), np.empty((1, 50_000), dtype))
    scaled = relative * factors
    most = 3 * 2.0 ** (np.dtype(dtype).itemsize * 8 - 1 - 3)
    assert most * (1 - 1e-5) < np.abs(scaled).min()
    assert np.abs(scaled).max() <= most


def test_qsgd_norms_neither_overflow_nor_vanish():
    for dtype, power in (("float32", 1e30), ("float64", 1e290)):
        for scale in (power, 1 / power):
            v = np.array([[3.0, -4.0, 0.0]], dtype) * np.dtype(dtype).type(scale)
            out = passed(codec("qsgd:1", 3, dtype), v) / np.dtype(dtype).type(scale)
            np.testing.assert_allclose(np.abs(out[out != 0]), 5, rtol=1e-5)
            assert out[0, 2] == 0


@pytest.mark.parametrize(("dtype", "point", "least"), [("float32", 27, 2.0**-60), ("float64", 59, 2.0**-508)])
def test_what_qsgd_promises_ends_where_it_says(dtype, point, least):
    """Entries are cut to so many bits behind the point; ω of a bucket needs a norm of ``least`` times the largest."""
    below = 0.2 * 2.0**-point
    out = passed(codec("qsgd:4", 4, dtype), np.tile(np.array([1, below, -below, 0], dtype), (1000, 1)))
    np.testing.assert_array_equal(out[:, 1:], 0)
    made = codec("qsgd:4", 1024, dtype)
    for size, held in ((2 * least, True), (least / 1000, False)):  # norms of 45 and of 0.02 times ``least``
        out = passed(made, np.tile(np.repeat(np.array([1, size], dtype), 512), (200, 1)))
        relative = out[:, 512:].astype(float) / size
        assert ((relative - 1) ** 2).mean() <= made.omega * 1.1 or not held
        assert ((relative - 1) ** 2).mean() > made.omega * 1.1 or held


@pytest.mark.parametrize("dim", [1, 2, 3, 100, 1000, 1025, 70_000])
def test_positions_of_topk_take_log2_d_bits_or_a_bitmap(dim):
    for K in {1, min(5, dim), max(1, dim // 20), dim}:
        listed, bitmap = bits(K * math.ceil(math.log2(dim))), bits(dim)
        assert min(listed, bitmap) <= codec(f"topk:{K}", dim).wire_bytes - 8 * K <= min(listed + 2, bitmap)


@over_sizes
@pytest.mark.parametrize(("R", "inner"), [(1, "randk:0.2"), (3, "randk:0.2"), (2, "qsgd:4"), (2, "natural")])
def test_msc_is_a_loop_of_its_codec(R, inner, dim, dtype):
    rows, made, C = some_rows(2, dim, dtype), codec(f"msc:{R}:{inner}", dim, dtype), codec(inner, dim, dtype)
    omega = C.omega
    q = omega / (1 + omega)
    assert made.wire_bytes == R * C.wire_bytes
    assert made.omega == pytest.approx(q**R / (1 - q**R))
    v_r, payloads = np.zeros_like(rows), []
    for r in range(R):
        key = keys(0, "codec tests", np.arange(2), r)
        payloads.append(encoded(C, rows - v_r, key))
        v_r = v_r + decoded(C, payloads[-1], key) / (1 + omega)
    np.testing.assert_allclose(
        passed(made, rows), v_r / (1 - q**R), rtol=2e-5, atol=1e-4 * np.abs(rows).max()
    )
    np.testing.assert_array_equal(encoded(made, rows)[:, : C.wire_bytes], payloads[0])
