"""Compiled codecs against numpy's, bit for bit: messages, rows, draws, what is refused; and who imports numba, when."""

import importlib
import inspect
import pkgutil
import subprocess
import sys

import mixed_ranks
import numpy as np
import pytest
from codec_examples import DTYPES, SPECS, some_keys, some_rows
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pbo.compression import NotFinite, codec, compiled
from p2pbo.compression.codecs import CODECS
from p2pbo.compression.implementations import compiled_module, numpy_alone

pytest.importorskip("numba")

MANY = [*SPECS, "qsgd:7", "qsgd:63", f"qsgd:{2**15 - 1}"]  # planes of 4, of 4, 2 and 1, of 8 and 8 bits
AROUND_BLOCKS = [63, 65, 2047, 2048, 2049, 4096, 16_383, 16_384, 16_385, 20_001]


def references():
    """Numpy's functions that have a compiled form, by module."""
    modules = [importlib.import_module("p2pbo.compression.sparsity")]
    modules += [importlib.import_module(CODECS[name].make.__module__) for name in CODECS]
    for module in modules:
        own = [f for f in vars(module).values() if getattr(f, "__module__", "") == module.__name__]
        yield module, [f for f in own if hasattr(f, "__wrapped__")]


FORMS = {module.__name__.rpartition(".")[2]: functions for module, functions in references() if functions}


def test_the_codecs_that_are_slow_in_numpy_have_compiled_forms():
    assert set(FORMS) == {"natural", "qsgd", "randk", "sign", "sparsity", "topk"}


@pytest.mark.parametrize("home", FORMS)
def test_compiled_forms_have_the_names_and_parameters_of_numpys(home):
    module = compiled_module(home)
    for reference in FORMS[home]:
        assert inspect.signature(getattr(module, reference.__name__)) == inspect.signature(reference)


def test_every_module_of_compiled_loops_belongs_to_a_reference():
    shared = {"jit", "packing", "random_words"}
    assert {module.name for module in pkgutil.iter_modules(compiled.__path__)} - shared == set(FORMS)


def outcome(made, rows, key):
    """What a codec makes of rows, as bytes: messages and rows, or the row that it refuses."""
    wire = np.full((len(rows), made.wire_bytes), 0xA5, np.uint8)
    try:
        with np.errstate(all="ignore"):
            made.encode(rows, key, wire)
    except NotFinite as refusal:
        return refusal.row
    out = np.full_like(rows, np.nan)
    made.decode(wire, key, out)
    positions = made.positions(key).tobytes() if made.entries else b""
    return wire.tobytes(), out.tobytes(), positions


def assert_same(spec, rows, key):
    with numpy_alone():
        expected = outcome(codec(spec, rows.shape[1], rows.dtype), rows, key)
    assert outcome(codec(spec, rows.shape[1], rows.dtype), rows, key) == expected


def unusual(kind, rows, rng):
    """Rows with numbers that are easily treated otherwise."""
    limits = np.finfo(rows.dtype)
    chosen = rng.random(rows.shape) < 0.3
    values = {
        "zeros": [0.0, -0.0],
        "ties": [1.0, -1.0, 2.0],
        "tiny": [limits.smallest_subnormal, -limits.tiny / 3, limits.tiny],
        "large": [limits.max, -limits.max / 2, limits.max / 8],
        "infinite": [np.inf, -np.inf, np.nan],
        "powers": [0.25, -0.5, 1024.0],
    }
    if kind == "all zero":
        rows[...] = rng.choice([0.0, -0.0], rows.shape)
    elif kind == "one infinite":
        rows[-1, rng.integers(rows.shape[1])] = rng.choice([np.inf, np.nan])
    elif kind != "normal":
        rows[chosen] = rng.choice(values[kind], np.count_nonzero(chosen))
    return rows


KINDS = ["normal", "zeros", "all zero", "ties", "tiny", "large", "infinite", "one infinite", "powers"]


@settings(max_examples=200)
@given(
    st.sampled_from(MANY),
    st.integers(1, 5),
    st.integers(1, 300),
    st.sampled_from(DTYPES),
    st.sampled_from(KINDS),
    st.integers(0, 10**6),
)
def test_compiled_codecs_give_numpys_bits(spec, n, dim, dtype, kind, seed):
    rows = unusual(kind, some_rows(n, dim, dtype, seed), np.random.default_rng(seed))
    assert_same(spec, rows, some_keys(n, seed))


@pytest.mark.parametrize("kind", ["normal", "all zero", "ties", "one infinite"])
@pytest.mark.parametrize("spec", [*SPECS, "topk:0.01", "randk:0.01", "qsgd:63"])
def test_compiled_codecs_give_numpys_bits_around_their_blocks(spec, kind):
    for dim in AROUND_BLOCKS:
        for dtype in DTYPES:
            rows = unusual(kind, some_rows(2, dim, dtype), np.random.default_rng(dim))
            assert_same(spec, rows, some_keys(2, seed=dim))


def test_cells_of_more_than_65536_entries_are_drawn_alike():
    for spec in ("randk:2", "randk:5"):
        assert_same(spec, some_rows(2, 300_000, "float32"), some_keys(2))


@pytest.mark.parametrize("row", ["sparse", "large where no sample looks", "large where all samples look"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_topk_finds_the_largest_whatever_its_sample_tells(dtype, row):
    dim = 40_000
    rows = np.zeros((2, dim), dtype) if row == "sparse" else some_rows(2, dim, dtype)
    if row == "sparse":
        rows[:, 7:900:13] = some_rows(2, len(range(7, 900, 13)), dtype)
    elif row == "large where no sample looks":
        rows[:, 1::4] *= 1e6
    else:
        rows[:, ::4] *= 1e6
    for spec in ("topk:1", "topk:0.01", "topk:0.3", "topk:1.0"):
        assert_same(spec, rows, some_keys(2))


@settings(max_examples=200)
@given(
    st.sampled_from([spec for spec in MANY if not spec.startswith("msc")]),
    st.integers(1, 300),
    st.sampled_from(DTYPES),
    st.integers(0, 10**6),
)
def test_damaged_messages_are_read_alike(spec, dim, dtype, seed):
    made = codec(spec, dim, dtype)
    wire = np.random.default_rng(seed).integers(0, 256, (2, made.wire_bytes), np.uint8)
    expected, found = np.zeros((2, dim), dtype), np.zeros((2, dim), dtype)
    with np.errstate(all="ignore"):
        with numpy_alone():
            made.decode(wire, some_keys(2), expected)
        codec(spec, dim, dtype).decode(wire, some_keys(2), found)
    np.testing.assert_array_equal(found.view(np.uint8), expected.view(np.uint8))


def alone(program):
    """What a fresh process prints."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


ENCODE = """
import hashlib, sys
sys.path[:0] = ["tests", "tests/compression"]
from codec_examples import decoded, encoded, some_rows
from p2pbo.compression import codec
made = codec("sign", 3000, "float32")
wire = encoded(made, some_rows(2, 3000, "float32"))
print(hashlib.sha256(wire.tobytes() + decoded(made, wire).tobytes()).hexdigest())
"""


def test_without_numba_the_bytes_are_the_same():
    assert alone("import sys; sys.modules['numba'] = None\n" + ENCODE) == alone(ENCODE)


def test_ranks_with_and_without_numba_give_the_same_states(either_build):
    program = mixed_ranks.__file__
    lacking = {without: either_build.program(2, program, *without) for without in ("1", "01")}
    said = {run.out.partition("digest ")[2].split()[0] for run in lacking.values()}
    assert said == {mixed_ranks.digest()}


def test_numba_is_imported_where_a_codec_is_used_and_not_before():
    used = "import sys; from p2pbo.compression import CODECS, codec; list(CODECS); made = codec('sign', 9)\n"
    said = "print('numba' in sys.modules)\n"
    encode = "import numpy; made.encode(numpy.ones((1, 9)), None, numpy.empty((1, made.wire_bytes), 'u1'))\n"
    assert alone(used + said + encode + said).split() == ["False", "True"]
