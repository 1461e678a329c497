"""Files in LIBSVM's format: what is read, and which classes labels become."""

import bz2
import gzip
import lzma

import numpy as np
import pytest
from sklearn.datasets import load_svmlight_file

from p2pbo.data import load
from p2pbo.errors import InputError, Notice

TEXT = b"# three classes\n7 1:0.5 3:-2\n\n-1.0 2:1e2 # a comment\n+2\n7 qid:4 1:1\n"
ROWS = [[0.5, 0, -2], [0, 100, 0], [0, 0, 0], [1, 0, 0]]


@pytest.mark.parametrize(
    "pack", [bytes, bz2.compress, gzip.compress, lzma.compress], ids=["plain", "bz2", "gz", "xz"]
)
@pytest.mark.parametrize("name", ["set", "set.txt.bz2", "set.gz", "set.xz"])
def test_reads_packed_files_whatever_they_are_called(write, name, pack):
    dataset = load(f"libsvm:{write(pack(TEXT), name)}")
    np.testing.assert_array_equal(dataset.train.features.toarray(), ROWS)
    assert dataset.train.labels.tolist() == [2, 0, 1, 2]
    assert dataset.train.labels.dtype == np.int64
    assert (dataset.name, dataset.classes, dataset.test) == (name, 3, None)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_reads_what_editors_of_all_systems_write(write, encoding, end, pack):
    text = TEXT.decode().replace("\n", end).replace(" ", "\t ")
    train = load(f"libsvm:{write(pack(text.encode(encoding)))}").train
    np.testing.assert_array_equal(train.features.toarray(), ROWS)
    assert train.labels.tolist() == [2, 0, 1, 2]


def test_a_line_is_named_by_its_number_in_the_editor(write):
    with pytest.raises(InputError, match=r"set\.txt, line 3: 'x' is not a numeric label"):
        load(f"libsvm:{write(b'1 1:1' + bytes([13]) + b'0 1:1' + bytes([13, 10]) + b'x 1:1')}")
    half = "1 1:1\n".encode("utf-16") + b"\0"
    with pytest.raises(InputError, match=r"set\.txt, line \d: cannot be read \(.*utf-16.*; check the file"):
        load(f"libsvm:{write(half)}")


def test_a_test_file_shares_columns_and_classes(write):
    train, test = write(b"1 1:1\n3 2:1\n", "train"), write(b"3 4:5\n1 1:1\n3\n", "test")
    dataset = load(f"libsvm:{train}", test=test)
    assert dataset.classes == 2
    assert dataset.train.labels.tolist() == [0, 1]
    assert dataset.test.labels.tolist() == [1, 0, 1]
    assert (dataset.train.features.shape, dataset.test.features.shape) == ((2, 4), (3, 4))
    assert dataset.test.features[0, 3] == 5


def lines(*labels):
    return b"".join(b"%g 1:1\n" % label for label in labels)


@pytest.mark.parametrize(
    ("train", "test", "said"),
    [
        ((0, 1), (0, 1, 2), r"train lacks the labels 2 of .*test; check that"),
        ((0, 1, 5), (0, 1), r"test lacks the labels 5 of .*train; check that the two belong together"),
        ((0, 1), (0, 1, 2, 7), r"train lacks the labels 2, 7 of .*test; check that"),
    ],
)
def test_labels_of_one_file_alone_are_named(write, train, test, said):
    with pytest.warns(Notice, match=said):
        dataset = load(f"libsvm:{write(lines(*train), 'train')}", test=write(lines(*test), "test"))
    assert dataset.classes == len({*train, *test})


@pytest.mark.parametrize(
    ("train", "test"), [((-1, 1), (0, 1)), ((1, 2), (0, 1)), ((0, 1, 2, 3), (2, 3, 4, 5))]
)
def test_two_codings_of_the_classes_are_refused(write, train, test):
    written = [", ".join(map(str, labels)) for labels in (test, train)]
    with pytest.raises(
        InputError, match=f"test has the labels {written[0]} and .*train has {written[1]}; write"
    ):
        load(f"libsvm:{write(lines(*train), 'train')}", test=write(lines(*test), "test"))


def test_real_labels_are_refused_with_the_first_line(write):
    with pytest.raises(
        InputError,
        match=r"set\.txt, line 3: the label 0\.25 is not a whole number, so no class; give data for cl",
    ):
        load(f"libsvm:{write(b'# prices' + bytes([10]) + lines(1, 0.25, 7.5))}")


def test_labels_that_may_be_quantities_are_said(write):
    with pytest.warns(
        Notice, match=r"set\.txt has 30 different labels in 60 rows \(0, 1, 2, 3, 4, 5, \.\.\.\)"
    ):
        load(f"libsvm:{write(lines(*range(30), *range(30)))}")
    assert load(f"libsvm:{write(lines(*list(range(30)) * 10))}").classes == 30


def test_features_widens_and_never_cuts(write):
    path = write(b"1 1:1\n\n0 3:1\n")
    assert load(f"libsvm:{path}", features=5).train.features.shape == (2, 5)
    with pytest.raises(
        InputError, match=r"set\.txt, line 3: an index lies beyond features=2; use features=3"
    ):
        load(f"libsvm:{path}", features=2)


def test_columns_count_from_zero_where_an_index_is_zero(write):
    assert load(f"libsvm:{write(b'1 0:4 2:5')}").train.features.toarray().tolist() == [[4, 0, 5]]


def test_test_fraction_splits_off_a_seeded_part(write):
    path = write(b"".join(b"%d 1:%d\n" % (row % 2, row) for row in range(10)))
    one, again, other = (load(f"libsvm:{path}", seed, test_fraction=0.3) for seed in (0, 0, 1))
    assert (len(one.train), len(one.test)) == (7, 3)
    values = [part.features.toarray().ravel().tolist() for part in (one.train, one.test)]
    assert sorted(values[0] + values[1]) == list(range(10))
    assert values[1] == again.test.features.toarray().ravel().tolist()
    assert values[1] != other.test.features.toarray().ravel().tolist()
    assert [value % 2 for value in values[1]] == one.test.labels.tolist()


def test_real_files(shared_data):
    ijcnn1, covtype = (
        load(f"libsvm:{shared_data('ijcnn1.bz2')}"),
        load(f"libsvm:{shared_data('covtype-2000.bz2')}"),
    )
    assert ijcnn1.train.features.shape == (49990, 22)
    assert covtype.train.features.shape == (2000, 54)
    assert ijcnn1.classes == covtype.classes == 2
    for name, dataset in (("ijcnn1.bz2", ijcnn1), ("covtype-2000.bz2", covtype)):
        features, labels = load_svmlight_file(str(shared_data(name)))
        assert (dataset.train.features != features).nnz == 0
        np.testing.assert_array_equal(np.unique(labels)[dataset.train.labels], labels)
