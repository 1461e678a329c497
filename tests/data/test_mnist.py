"""MNIST and Fashion-MNIST: four files in a folder, looked for in the usual places."""

import gzip
import re

import numpy as np
import pytest

from p2pbo.data import load
from p2pbo.data.downloads import Download
from p2pbo.data.sets.fashion_mnist import FASHION_MNIST
from p2pbo.data.sets.mnist import MNIST
from p2pbo.errors import InputError

NAMES = ["mnist", "fashion-mnist"]
SITES = {download.name: download.site for download in (MNIST, FASHION_MNIST)}
FILES = [f"{part}-{kind}-ubyte" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """A working directory without data, and no folder of the machine's own."""
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    monkeypatch.delenv("P2PBO_DATA", raising=False)
    return empty


@pytest.fixture
def fill(as_idx):
    """Write four files of two training and one test image of 2 × 2 pixels; ``bright`` is the first pixel."""

    def to(folder, bright=255, labels=(9, 0), test_labels=(4,), pack=bytes, ending=""):
        folder.mkdir(parents=True, exist_ok=True)
        pixels = np.arange(12).reshape(3, 2, 2)
        pixels[0, 0, 0] = bright
        contents = (pixels[:2], labels, pixels[2:], test_labels)
        for name, values in zip(FILES, contents, strict=True):
            (folder / f"{name}{ending}").write_bytes(pack(as_idx(values)))
        return folder

    return to


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("pack", "ending"), [(bytes, ""), (gzip.compress, ".gz")])
def test_reads_both_parts_plain_or_packed(name, fill, tmp_path, pack, ending):
    dataset = load(f"{name}:{fill(tmp_path / 'set', pack=pack, ending=ending)}")
    assert (dataset.name, dataset.classes, dataset.shape) == (name, 10, (1, 2, 2))
    assert dataset.train.features.dtype == dataset.test.features.dtype == np.float32
    np.testing.assert_allclose(dataset.train.features * 255, [[255, 1, 2, 3], [4, 5, 6, 7]], rtol=1e-6)
    np.testing.assert_allclose(dataset.test.features * 255, [[8, 9, 10, 11]], rtol=1e-6)
    assert dataset.train.labels.tolist() == [9, 0]
    assert dataset.test.labels.tolist() == [4]
    assert dataset.train.labels.dtype == np.int64


@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_other_names_of_the_files_are_known(fill, tmp_path, pack, ending):
    folder = fill(tmp_path / "set", pack=pack, ending=ending)
    for file in list(folder.iterdir()):
        file.rename(folder / file.name.replace("-idx", ".idx"))
    assert load(f"mnist:{folder}").train.labels.tolist() == [9, 0]
    assert load(f"idx:{folder}/t10k-images.idx3-ubyte{ending}").train.labels.tolist() == [0]


def first_pixel(*spec, **options):
    return round(float(load(*spec, **options).train.features[0, 0]) * 255)


@pytest.mark.parametrize("name", NAMES)
def test_folders_are_looked_through_in_order(name, fill, nowhere, tmp_path, monkeypatch):
    fill(nowhere / "data" / name, bright=1)
    assert first_pixel(name) == 1
    monkeypatch.setenv("P2PBO_DATA", str(tmp_path / "mine"))
    assert first_pixel(name) == 1  # nothing there yet
    fill(tmp_path / "mine" / name, bright=2)
    assert first_pixel(name) == 2
    assert first_pixel(name, path=fill(tmp_path / "given", bright=3)) == 3


def test_a_packaged_folder_comes_last(tmp_path, nowhere):
    here = Download("some", "files", "site", packaged=tmp_path)
    assert here.folder(None) == tmp_path
    (nowhere / "data" / "some").mkdir(parents=True)
    assert str(here.folder(None)) == "data/some"


@pytest.mark.parametrize("missing", FILES)
@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_says_where_to_get_it(name, missing, fill, tmp_path):
    folder = fill(tmp_path / "set")
    (folder / missing).unlink()
    dotted = missing.replace("-idx", ".idx")
    said = (
        f"data {name} needs {missing} or {missing}.gz or {dotted} or {dotted}.gz in {folder}, where it is not; "
        f"get the four IDX files from {SITES[name]} and put them into {folder}, or set data.path"
    )
    with pytest.raises(InputError, match=f"^{re.escape(said)}$"):
        load(f"{name}:{folder}")


def test_a_missing_folder_says_which_one_to_make(tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"needs train-images.* in data/mnist, .* put them into data/mnist"):
        load("mnist")
    monkeypatch.setenv("P2PBO_DATA", str(tmp_path))
    with pytest.raises(InputError, match=rf"in {re.escape(str(tmp_path / 'mnist'))}, where it is not"):
        load("mnist")


@pytest.mark.parametrize(("labels", "test_labels"), [((3, 10), (1,)), ((3, 1), (255,))])
def test_labels_beyond_the_tenth_class_are_refused(fill, tmp_path, labels, test_labels):
    folder = fill(tmp_path / "set", labels=labels, test_labels=test_labels)
    said = (
        "train-labels-idx1-ubyte, image 2: its label is 10"
        if 10 in labels
        else "t10k-labels-idx1-ubyte, image 1: its label is 255"
    )
    with pytest.raises(InputError, match=f"{said}, not one of 0 … 9; check the file"):
        load(f"mnist:{folder}")


def test_parts_of_different_sizes_are_refused(fill, tmp_path, as_idx):
    folder = fill(tmp_path / "set")
    (folder / FILES[2]).write_bytes(as_idx(np.zeros((1, 3, 2))))
    with pytest.raises(InputError, match=r"t10k-images-idx3-ubyte has images of 3 × 2, .* of 2 × 2"):
        load(f"mnist:{folder}")
