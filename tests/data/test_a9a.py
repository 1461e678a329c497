"""The shipped a9a: what LIBSVM's files hold, and the same every time."""

import hashlib

import numpy as np
import pytest
from sklearn.datasets import load_svmlight_file

from p2pbo.data import load
from p2pbo.data.sets.a9a import ARCHIVE


@pytest.fixture(scope="module")
def a9a():
    return load("a9a")


@pytest.mark.parametrize(("part", "file"), [("train", "a9a.bz2"), ("test", "a9a.t.bz2")])
def test_equals_the_libsvm_file(a9a, part, file, shared_data):
    features, labels = load_svmlight_file(str(shared_data(file)), n_features=123)
    ours = getattr(a9a, part)
    assert ours.features.shape == features.shape
    np.testing.assert_array_equal(ours.features.indptr, features.indptr)
    np.testing.assert_array_equal(ours.features.indices, features.indices)
    np.testing.assert_array_equal(ours.features.data, features.data)
    np.testing.assert_array_equal(2 * ours.labels - 1, labels)


@pytest.mark.parametrize(
    ("part", "rows", "entries", "positive", "digest"),
    [
        ("train", 32561, 451592, 7841, "b5c1488f173b06a2"),
        ("test", 16281, 225731, 3846, "fedf8f6606e64e42"),
    ],
)
def test_holds_what_it_held_when_it_was_compared(a9a, part, rows, entries, positive, digest):
    samples = getattr(a9a, part)
    assert len(samples) == rows
    assert samples.features.shape == (rows, 123)
    assert samples.features.dtype == np.float64
    assert samples.labels.dtype == np.int64
    assert samples.features.nnz == entries
    assert (samples.features.data == 1).all()
    assert np.bincount(samples.labels).tolist() == [rows - positive, positive]
    assert samples.features.has_canonical_format
    arrays = (samples.features.indptr, samples.features.indices, samples.labels)
    content = b"".join(array.astype("<i8").tobytes() for array in arrays)
    assert hashlib.sha256(content).hexdigest()[:16] == digest


def test_is_small_and_ships_with_its_attribution():
    assert ARCHIVE.stat().st_size <= 230_000
    notice = ARCHIVE.with_name("a9a.LICENSE.txt").read_text(encoding="utf-8")
    for needed in ("Becker", "Kohavi", "1996", "CC BY 4.0", "LIBSVM"):
        assert needed in notice


def test_takes_no_options(a9a):
    assert a9a.name == "a9a"
    assert a9a.classes == 2
    with pytest.raises(ValueError, match="data a9a has no setting 'features'; nothing can be set here"):
        load("a9a", features=3)
