"""CIFAR-10's binary batches, here of four images each instead of ten thousand."""

import re

import numpy as np
import pytest

from p2pbo.data import load
from p2pbo.data.sets import cifar10
from p2pbo.errors import InputError

IMAGES = 4
NAMES = [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]


@pytest.fixture(autouse=True)
def small(monkeypatch, tmp_path):
    assert cifar10.BATCH * cifar10.RECORD == 30_730_000  # the length that the data set's page states
    monkeypatch.setattr(cifar10, "BATCH", IMAGES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("P2PBO_DATA", raising=False)


@pytest.fixture
def batches(tmp_path):
    """Random batches as labels (6 × images) and pixels (6 × images × 3 × 32 × 32), and their folder."""
    draw = np.random.default_rng(0)
    labels = draw.integers(10, size=(6, IMAGES), dtype=np.uint8)
    pixels = draw.integers(256, size=(6, IMAGES, 3, 32, 32), dtype=np.uint8)
    folder = tmp_path / "set"
    folder.mkdir()
    for name, own, images in zip(NAMES, labels, pixels, strict=True):
        records = [bytes([label]) + image.tobytes() for label, image in zip(own, images, strict=True)]
        (folder / name).write_bytes(b"".join(records))
    return labels, pixels, folder


def test_five_batches_train_and_one_tests(batches):
    labels, pixels, folder = batches
    dataset = load(f"cifar10:{folder}")
    assert (dataset.name, dataset.classes, dataset.shape) == ("cifar10", 10, (3, 32, 32))
    for part, batch in ((dataset.train, slice(0, 5)), (dataset.test, slice(5, 6))):
        assert part.features.dtype == np.float32
        assert part.features.flags.c_contiguous
        assert part.labels.dtype == np.int64
        np.testing.assert_array_equal(part.labels, labels[batch].ravel())
        np.testing.assert_allclose(
            part.features.reshape(-1, *dataset.shape), np.concatenate(pixels[batch]) / 255, rtol=1e-7
        )


@pytest.mark.parametrize("default", ["data/cifar10", "data/cifar10/cifar-10-batches-bin"])
def test_the_archive_s_folder_and_the_default_are_found(batches, tmp_path, default):
    labels, _, folder = batches
    (tmp_path / default).parent.mkdir(parents=True)
    folder.rename(tmp_path / default)
    for spec in ("cifar10", "cifar10:data/cifar10"):
        np.testing.assert_array_equal(load(spec).test.labels, labels[5])


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_says_where_to_get_it(batches, name):
    folder = batches[-1]
    (folder / name).unlink()
    said = f"data cifar10 needs {name} in {folder}, where it is not; get the six .bin files of the binary version from"
    with pytest.raises(InputError, match=f"^{re.escape(said)} https://www.cs.toronto.edu/~kriz/cifar.html"):
        load(f"cifar10:{folder}")


@pytest.mark.parametrize("length", [0, 1, 3073, 4 * 3073 - 1, 4 * 3073 + 1, 5 * 3073])
@pytest.mark.parametrize("name", [NAMES[2], NAMES[5]])
def test_a_file_of_another_length_is_refused(batches, name, length):
    file = batches[-1] / name
    file.write_bytes(bytes(length))
    with pytest.raises(
        InputError, match=rf"{name} has {length} bytes, not the 12292 of 4 images; fetch it again from"
    ):
        load(f"cifar10:{file.parent}")


def test_a_label_beyond_the_tenth_class_is_refused(batches):
    file = batches[-1] / "data_batch_3.bin"
    content = bytearray(file.read_bytes())
    content[2 * 3073] = 10
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"data_batch_3\.bin, image 3: its label is 10, not one of 0 … 9"):
        load(f"cifar10:{file.parent}")
