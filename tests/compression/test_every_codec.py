"""What every registered codec promises, whatever it does to the numbers."""

import hashlib
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from codec_examples import DIMS, DRAWN, DTYPES, SPECS, decoded, encoded, passed, some_keys, some_rows
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pbo.compression import NotFinite, codec
from p2pbo.compression.implementations import numpy_alone


@pytest.fixture(autouse=True, scope="module", params=["numpy", "compiled where possible"])
def implementation(request):
    """Each implementation in turn."""
    with numpy_alone() if request.param == "numpy" else nullcontext():
        yield


@pytest.mark.parametrize("spec", SPECS)
def test_zeros_come_back_as_zeros(spec):
    for dtype in DTYPES:
        for dim in DIMS:
            rows = np.zeros((3, dim), dtype)
            rows[1] = some_rows(1, dim, dtype)
            out = passed(codec(spec, dim, dtype), rows)
            assert not out[[0, 2]].any()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("spec", SPECS)
def test_tiny_and_mixed_magnitudes_stay_finite(spec, dtype):
    limits = np.finfo(dtype)
    tiny = np.array([1, -3, 1e3, 0]) * float(limits.smallest_subnormal)
    for dim in (4, 9, 1000):
        rows = np.resize(tiny, (2, dim)).astype(dtype)
        made = codec(spec, dim, dtype)
        out = passed(made, rows)
        assert np.isfinite(out).all()
        assert np.abs(out).max() <= 2 * max(1, dim) * float(limits.tiny)
        rows[:, 0] = 1e4
        assert np.abs(passed(made, rows)).max() <= 1e4 * (1.01 + (made.omega or 0)) * np.sqrt(dim)


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("spec", SPECS)
def test_what_is_not_finite_is_refused_by_row(spec, value):
    for dtype in DTYPES:
        for dim in (1, 9, 1000):
            rows = some_rows(4, dim, dtype)
            rows[2:] = value
            with pytest.raises(NotFinite, match="row 2 has") as refusal:
                encoded(codec(spec, dim, dtype), rows)
            assert refusal.value.row == 2


@pytest.mark.parametrize("spec", [spec for spec in SPECS if not spec.startswith(("rand", "msc"))])
def test_one_nan_anywhere_is_refused(spec):
    for dim in (9, 1000):
        for place in (0, dim // 2, dim - 1):
            for value in (np.nan, -np.inf):
                rows = some_rows(3, dim, "float32")
                rows[1, place] = value
                with pytest.raises(NotFinite, match="row 1"):
                    encoded(codec(spec, dim, "float32"), rows)


@pytest.mark.parametrize(
    "spec", [spec for spec in SPECS if spec not in ("cast:f32", "cast:f16", "cast:bf16")]
)
def test_the_largest_numbers_are_sent_and_decoded_finite_or_refused(spec):
    for dtype in DTYPES:
        rows = np.full((1, 600), np.finfo(dtype).max, dtype)
        made = codec(spec, 600, dtype)
        try:
            out = passed(made, rows)
        except NotFinite:
            continue
        assert np.isfinite(out).all()


@pytest.mark.parametrize("spec", SPECS)
def test_every_byte_of_the_message_is_written_and_no_other(spec):
    for dim in DIMS:
        rows, made = some_rows(3, dim, "float32"), codec(spec, dim, "float32")
        wires = []
        for fill in (0x00, 0xFF):
            around = np.full((5, made.wire_bytes + 3), fill, np.uint8)  # the messages are not aligned
            made.encode(rows, some_keys(3), around[1:4, 1:-2])
            wires.append(around[1:4, 1:-2].copy())
            around[1:4, 1:-2] = fill
            assert (around == fill).all()
        np.testing.assert_array_equal(*wires)
        np.testing.assert_array_equal(wires[0], encoded(made, rows))


@pytest.mark.parametrize("spec", SPECS)
def test_rows_and_messages_may_be_columns_of_wider_arrays(spec):
    for dtype in DTYPES:
        for dim in (1, 9, 600):
            made = codec(spec, dim, dtype)
            wide = some_rows(4, dim + 5, dtype)
            inside = wide[:, 2 : 2 + dim]
            wires = np.zeros((4, made.wire_bytes + 3), np.uint8)
            made.encode(inside, some_keys(4), wires[:, 1:-2])
            expected = passed(made, inside.copy())
            np.testing.assert_array_equal(wide, some_rows(4, dim + 5, dtype))  # rows are read only
            made.decode(wires[:, 1:-2], some_keys(4), inside)
            np.testing.assert_array_equal(inside, expected)
            wide[:, 2 : 2 + dim] = some_rows(4, dim + 5, dtype)[:, 2 : 2 + dim]
            np.testing.assert_array_equal(
                wide, some_rows(4, dim + 5, dtype)
            )  # and nothing around them written


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from(SPECS), st.integers(1, 70), st.integers(2, 6), st.sampled_from(DTYPES), st.integers(0, 9)
)
def test_a_row_is_encoded_alone_as_among_others(spec, dim, n, dtype, seed):
    rows, key, made = some_rows(n, dim, dtype, seed), some_keys(n, seed), codec(spec, dim, dtype)
    wire = encoded(made, rows, key)
    out = decoded(made, wire, key)
    for i in range(n):
        alone = encoded(codec(spec, dim, dtype), rows[i : i + 1], key[i : i + 1])
        np.testing.assert_array_equal(alone[0], wire[i])
        np.testing.assert_array_equal(decoded(made, alone, key[i : i + 1])[0], out[i])


@pytest.mark.parametrize("spec", SPECS)
def test_long_rows_are_encoded_alone_as_among_others(spec):
    rows, key, made = some_rows(2, 150_001, "float32"), some_keys(2), codec(spec, 150_001, "float32")
    wire = encoded(made, rows, key)
    np.testing.assert_array_equal(encoded(made, rows[1:], key[1:])[0], wire[1])


@pytest.mark.parametrize("spec", DRAWN)
def test_keys_matter_and_nothing_else(spec):
    rows, made = some_rows(2, 1000), codec(spec, 1000)
    rows[1] = rows[0]
    wire = encoded(made, rows)
    assert (wire[0] != wire[1]).any()
    assert (encoded(made, rows, some_keys(2, seed=1)) != wire).any()
    np.testing.assert_array_equal(encoded(made, rows), wire)
    same = np.broadcast_to(some_keys(1), 2)  # a node that sends the same to all its neighbours
    np.testing.assert_array_equal(*encoded(made, rows, same))


def digest():
    """What all codecs make of the same rows."""
    hashed = hashlib.sha256()
    for spec in SPECS:
        for dtype in DTYPES:
            made = codec(spec, 777, dtype)
            wire = encoded(made, some_rows(3, 777, dtype))
            hashed.update(wire)
            hashed.update(decoded(made, wire))
    return hashed.hexdigest()


def test_another_process_makes_the_same_bytes():
    script = "from test_every_codec import digest; print(digest())"
    here = Path(__file__).parent
    said = subprocess.run(
        [sys.executable, "-c", script], cwd=here, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == digest()
