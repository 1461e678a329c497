"""IDX files: what is read, and which file and byte is blamed when nothing can be."""

import gzip
import re
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from p2pbo.data import load
from p2pbo.data.idx_format import read_idx
from p2pbo.errors import InputError, Notice

PIXELS = np.array([[[0, 51, 102], [153, 204, 255]], [[5, 4, 3], [2, 1, 0]], [[9] * 3, [7] * 3]])
LABELS = [8, 3, 8]


@pytest.fixture
def write(tmp_path):
    def to(content, name="some-images-idx3-ubyte"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return to


@pytest.fixture
def pair(write, as_idx):
    """The images' file of a pair whose labels lie beside it."""

    def to(pixels, labels, part="some", pack=bytes, ending=""):
        write(pack(as_idx(labels)), f"{part}-labels-idx1-ubyte{ending}")
        return write(pack(as_idx(pixels)), f"{part}-images-idx3-ubyte{ending}")

    return to


@pytest.mark.parametrize(("pack", "ending"), [(bytes, ""), (gzip.compress, ".gz")])
def test_images_become_rows_between_0_and_1(pair, pack, ending):
    dataset = load(f"idx:{pair(PIXELS, LABELS, pack=pack, ending=ending)}")
    assert (dataset.name, dataset.classes, dataset.test) == (f"some-images-idx3-ubyte{ending}", 2, None)
    assert dataset.shape == (1, 2, 3)
    assert dataset.train.features.dtype == np.float32
    assert dataset.train.features.flags.c_contiguous
    np.testing.assert_array_equal(
        dataset.train.features[0], np.array([0, 0.2, 0.4, 0.6, 0.8, 1], dtype=np.float32)
    )
    np.testing.assert_allclose(dataset.train.features, PIXELS.reshape(3, 6) / 255, rtol=1e-7)
    assert dataset.train.labels.dtype == np.int64
    assert dataset.train.labels.tolist() == [1, 0, 1]


def test_a_test_file_shares_the_classes(pair, write, as_idx):
    train, test = pair(PIXELS, LABELS), pair(PIXELS[:2], [3, 8], "other")
    dataset = load(f"idx:{train}", test=test)
    assert dataset.classes == 2
    assert dataset.train.labels.tolist() == [1, 0, 1]
    assert dataset.test.labels.tolist() == [0, 1]
    np.testing.assert_array_equal(dataset.test.features, dataset.train.features[:2])
    own = write(as_idx([8, 3]), "mine")
    assert load(f"idx:{train}", test=test, test_labels=own).test.labels.tolist() == [1, 0]


def test_labels_of_one_file_alone_are_named(pair, write, as_idx):
    train, test = pair(PIXELS, LABELS), pair(PIXELS, [3, 5, 8], "other")
    with pytest.warns(
        Notice, match=r"some-labels-idx1-ubyte lacks the labels 5 of .*other-labels-idx1-ubyte; "
    ):
        assert load(f"idx:{train}", test=test).test.labels.tolist() == [0, 1, 2]
    with pytest.raises(
        InputError, match=r"mine has the labels 3, 5 and .*some-labels-idx1-ubyte has 3, 8; wr"
    ):
        load(f"idx:{train}", test=test, test_labels=write(as_idx([3, 5, 5]), "mine"))


def test_labels_may_lie_elsewhere(write, as_idx):
    images, labels = write(as_idx(PIXELS), "images"), write(as_idx(LABELS), "labels")
    assert load(f"idx:{images}", labels=labels).train.labels.tolist() == [1, 0, 1]
    with pytest.raises(InputError, match=r"images does not say where its labels are; set data\.labels"):
        load(f"idx:{images}")


def test_test_fraction_splits_off_a_seeded_part(pair):
    path = pair(np.arange(10).reshape(10, 1, 1), np.arange(10) % 2)
    one, again, other = (load(f"idx:{path}", seed, test_fraction=0.3) for seed in (0, 0, 1))
    held, kept = (np.rint(part.features * 255).ravel().astype(int) for part in (one.test, one.train))
    assert (len(held), sorted([*held, *kept])) == (3, list(range(10)))
    assert (held % 2).tolist() == one.test.labels.tolist()
    np.testing.assert_array_equal(one.test.features, again.test.features)
    assert not np.array_equal(one.test.features, other.test.features)


def test_files_that_do_not_belong_together_are_refused(pair):
    with pytest.raises(InputError, match=r"labels-idx1-ubyte has 2 labels for the 3 images of .*give files"):
        load(f"idx:{pair(PIXELS, [1, 2])}")
    train, test = pair(PIXELS, LABELS), pair(PIXELS[:, :1], LABELS, "other")
    with pytest.raises(InputError, match=r"other-images-idx3-ubyte has images of 1 × 3, .*some-.* of 2 × 3"):
        load(f"idx:{train}", test=test)


def test_options_that_contradict_are_refused(pair, tmp_path):
    path = pair(PIXELS, LABELS)
    with pytest.raises(InputError, match="give either test or test_fraction"):
        load(f"idx:{path}", test=path, test_fraction=0.1)
    with pytest.raises(InputError, match="has test_labels without images; give test too"):
        load(f"idx:{path}", test_labels=path)


GOOD = struct.pack(">4B3I", 0, 0, 8, 3, 2, 1, 3) + b"abcdef"


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (
            b"",
            "byte 0: starts with nothing, not with 00 00 08 03; give an IDX file of unsigned bytes and rank 3",
        ),
        (GOOD[:3], "byte 0: starts with 00 00 08, not with"),
        (b"\0\0\x08\x01" + GOOD[4:], "byte 0: starts with 00 00 08 01, not with"),
        (b"\0\0\x0d\x03" + GOOD[4:], "byte 0: starts with 00 00 0d 03, not with"),
        (GOOD[:15], "byte 15: the file ends within its header"),
        (GOOD[:16], "byte 16: the file ends before its 2 × 1 × 3 values do"),
        (GOOD[:-1], "byte 21: the file ends before its 2 × 1 × 3 values do"),
        (GOOD + b"g", "byte 23: the file goes on behind its 2 × 1 × 3 values"),
        (struct.pack(">4B3I", 0, 0, 8, 3, 2, 0, 3), "byte 4: the file promises 2 × 0 × 3 values"),
        (
            b"\0\0\x08\x03" + b"\xff" * 12 + b"abc",
            "byte 19: the file ends before its 4294967295 × 4294967295",
        ),
    ],
)
@pytest.mark.parametrize(("pack", "ending"), [(bytes, ""), (gzip.compress, ".gz")])
def test_a_malformed_file_is_named(write, bad, said, pack, ending):
    path = write(pack(bad), f"bad{ending}")
    with pytest.raises(InputError, match="^" + re.escape(f"{path}, {said}")):
        read_idx(path, rank=3)


def test_labels_have_one_dimension(write, as_idx):
    with pytest.raises(InputError, match=r"00 00 08 01; give an IDX file of unsigned bytes and rank 1$"):
        read_idx(write(as_idx(PIXELS)), rank=1)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_false_promise_takes_no_memory(write, pack):
    path = write(
        pack(struct.pack(">4B3I", 0, 0, 8, 3, 2**16, 2**10, 2**10) + bytes(99)),
        "promise" + (".gz" if pack is gzip.compress else ""),
    )
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match="ends before its 65536 × 1024 × 1024 values"):
            read_idx(path, rank=3)
        assert tracemalloc.get_traced_memory()[1] < 2**26
    finally:
        tracemalloc.stop()


def test_no_more_is_unpacked_than_the_header_promises(write):
    path = write(gzip.compress(GOOD + bytes(2**25), 1), "bomb.gz")
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match="goes on behind its 2 × 1 × 3 values"):
            read_idx(path, rank=3)
        assert tracemalloc.get_traced_memory()[1] < 2**22
    finally:
        tracemalloc.stop()


def test_a_kept_promise_of_a_bomb_is_refused(write, monkeypatch):
    monkeypatch.setattr("p2pbo.reading.unpacking.FREE_BYTES", 2**20)
    path = write(gzip.compress(struct.pack(">4B3I", 0, 0, 8, 3, 2**5, 2**9, 2**9) + bytes(2**23)), "bomb.gz")
    with pytest.raises(InputError, match=r"bomb\.gz unpacks to more than 200 times its size; check the file"):
        read_idx(path, rank=3)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda packed: packed[:-9], "Compressed file ended before"),
        (lambda packed: packed[:-8] + b"\0" * 8, "CRC check failed"),
        (lambda packed: packed[:12] + b"\xff" * 4 + packed[16:], "Error -3 while decompressing"),
        (lambda packed: packed + b"more", "Not a gzipped file"),
    ],
)
def test_a_broken_gz_is_named(write, spoil, said):
    path = write(spoil(gzip.compress(GOOD)), "broken.gz")
    with pytest.raises(InputError, match=rf"broken\.gz cannot be read \({said}.*; check the file, or fetch"):
        read_idx(path, rank=3)


def test_a_missing_file_is_named(write, as_idx, tmp_path):
    with pytest.raises(InputError, match=r"absent-images-idx3 is not a file; give the path"):
        load(f"idx:{tmp_path / 'absent-images-idx3'}")
    with pytest.raises(InputError, match=r"some-labels-idx1-ubyte is not a file"):
        load(f"idx:{write(as_idx(PIXELS))}")


images = arrays(np.uint8, st.tuples(*[st.integers(1, 5)] * 3))


@settings(max_examples=100, deadline=None)
@given(images, st.booleans())
def test_any_array_comes_back(tmp_path_factory, as_idx, values, packed):
    path = tmp_path_factory.getbasetemp() / f"any{'.gz' if packed else ''}"
    path.write_bytes(gzip.compress(as_idx(values)) if packed else as_idx(values))
    np.testing.assert_array_equal(read_idx(path, rank=3), values)


@pytest.mark.parametrize(("pack", "ending"), [(bytes, ""), (gzip.compress, ".gz")])
def test_a_file_cut_anywhere_is_refused(write, pack, ending):
    whole = pack(GOOD)
    for length in range(len(whole)):
        path = write(whole[:length], f"cut{ending}")
        with pytest.raises(InputError, match=rf"cut{ending}"):
            read_idx(path, rank=3)


def test_ten_thousand_real_digits(shared_data):
    path = shared_data("mnist10k-images-idx3-ubyte.gz")
    dataset = load(f"idx:{path}")
    assert dataset.train.features.shape == (10_000, 784)
    assert (dataset.shape, dataset.classes) == ((1, 28, 28), 10)
    assert (dataset.train.features.min(), dataset.train.features.max()) == (0, 1)
    counts = np.bincount(dataset.train.labels)
    assert counts.sum() == 10_000
    assert np.abs(counts - 1000).max() < 150
    rows, labels = dataset.train.features, dataset.train.labels
    means = np.stack([rows[labels == digit].mean(0) for digit in range(10)])
    nearest = ((means**2).sum(1) - 2 * rows @ means.T).argmin(1)
    assert (nearest == labels).mean() > 0.75  # labels belong to their images
