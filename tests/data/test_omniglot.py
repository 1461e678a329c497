"""Omniglot from folders and zip files: classes, ink, area averages, and which drawing is blamed."""

import io
import re
import struct
import tracemalloc
import zipfile
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from p2pbo.data import load
from p2pbo.data.sets.omniglot import SITE
from p2pbo.errors import InputError


def png(paper, mode="1"):
    """A PNG, white where there is paper and black where there is ink, as Omniglot has it."""
    stream = io.BytesIO()
    Image.fromarray(np.where(paper, 255, 0).astype(np.uint8)).convert(mode).save(stream, "PNG")
    return stream.getvalue()


def drawing(number):
    """A random drawing: true where there is paper."""
    return np.random.default_rng(number).random((105, 105)) < 0.9


CHARACTERS = ["Latin/character01", "Greek/character02", "Greek/character01"]
DRAWINGS = {
    f"images_background/{character}/{place:04d}_{person:02d}.png": drawing(20 * place + person)
    for place, character in enumerate(CHARACTERS)
    for person in range(1, 21)
}
CONTENTS = {name: png(paper) for name, paper in DRAWINGS.items()}


@pytest.fixture
def pack(tmp_path):
    def to(contents, name="set.zip", compression=zipfile.ZIP_DEFLATED):
        with zipfile.ZipFile(tmp_path / name, "w", compression) as archive:
            archive.writestr("images_background/README", b"not a drawing")
            for place, content in contents.items():
                archive.writestr(place, content)
        return tmp_path / name

    return to


@pytest.fixture
def unpack(tmp_path):
    def to(contents, name="set"):
        for place, content in contents.items():
            file = tmp_path / name / place
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        return tmp_path / name

    return to


def test_characters_are_classes_in_order_and_ink_is_1(pack):
    dataset = load(f"omniglot:{pack(CONTENTS)}", size=105)
    assert (dataset.name, dataset.classes, dataset.test) == ("omniglot", 3, None)
    assert dataset.shape == (1, 105, 105)
    assert dataset.train.features.dtype == np.float32
    assert dataset.train.labels.dtype == np.int64
    assert dataset.train.labels.tolist() == [0] * 20 + [1] * 20 + [2] * 20
    assert dataset.groups.tolist() == [0, 0, 1]  # Greek, Greek, Latin
    papers = list(DRAWINGS.values())
    expected = [*papers[40:], *papers[20:40], *papers[:20]]  # Greek 01, Greek 02, Latin 01
    np.testing.assert_array_equal(dataset.train.features, 1.0 - np.reshape(expected, (60, -1)))


def test_a_folder_is_what_its_zip_is(pack, unpack, monkeypatch, tmp_path):
    zipped, folder = (load(f"omniglot:{place}").train for place in (pack(CONTENTS), unpack(CONTENTS)))
    np.testing.assert_array_equal(zipped.features, folder.features)
    np.testing.assert_array_equal(zipped.labels, folder.labels)
    monkeypatch.chdir(tmp_path)
    np.testing.assert_array_equal(load("omniglot:set").train.features, folder.features)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["set", "set.zip"]  # nothing was unpacked


def test_several_paths_join_and_a_drawing_counts_once(pack, unpack):
    names = list(CONTENTS)
    one = pack({name: CONTENTS[name] for name in names[:40]})
    two = unpack({name.replace("background", "small"): CONTENTS[name] for name in names[20:]})
    joined, whole = load(f"omniglot:{one},{two}"), load(f"omniglot:{pack(CONTENTS, 'whole.zip')}")
    assert joined.classes == 3
    np.testing.assert_array_equal(joined.train.features, whole.train.features)


@pytest.mark.parametrize("size", [1, 21, 28, 40])
def test_shrinking_averages_areas(pack, size):
    """Every pixel repeated ``size`` times each way makes cells of whole pixels."""
    dataset = load(f"omniglot:{pack(CONTENTS)}", size=size)
    assert dataset.shape == (1, size, size)
    assert (dataset.train.features >= 0).all()
    assert (dataset.train.features <= 1).all()
    fine = np.kron(1.0 - DRAWINGS["images_background/Greek/character01/0002_01.png"], np.ones((size, size)))
    expected = fine.reshape(size, 105, size, 105).mean((1, 3))
    np.testing.assert_allclose(dataset.train.features[0].reshape(size, size), expected, atol=1e-6)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_any_kind_of_png_will_do(pack, mode):
    other = {name: png(paper, mode) for name, paper in DRAWINGS.items()}
    reference = load(f"omniglot:{pack(CONTENTS)}").train.features
    np.testing.assert_allclose(load(f"omniglot:{pack(other)}").train.features, reference, atol=1e-6)


def test_test_fraction_splits_off_a_seeded_part(pack):
    path = pack(CONTENTS)
    one, again, other = (load(f"omniglot:{path}", seed, test_fraction=0.2) for seed in (0, 0, 1))
    assert (len(one.train), len(one.test)) == (48, 12)
    np.testing.assert_array_equal(one.test.features, again.test.features)
    assert not np.array_equal(one.test.features, other.test.features)


@pytest.mark.parametrize("size", [0, 106, 1.5])
def test_a_size_that_cannot_be_is_refused(tmp_path, size):
    with pytest.raises(InputError, match="data omniglot: size"):
        load(f"omniglot:{tmp_path}", size=size)


def test_a_missing_path_says_where_to_get_it(pack, tmp_path):
    said = f"{tmp_path / 'absent'} does not exist; get images_background.zip from {SITE}"
    for before in ("", f"{pack(CONTENTS)},"):
        with pytest.raises(InputError, match=f"^{re.escape(said)}"):
            load(f"omniglot:{before}{tmp_path / 'absent'}")
    with pytest.raises(InputError, match="needs a value for 'path'"):
        load("omniglot")


def test_pillow_missing_is_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr("p2pbo.extras.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"^PIL is not installed; pip install 'p2pbo\[run\]'$"):
        load(f"omniglot:{tmp_path}")


def test_a_place_without_drawings_is_named(pack, unpack):
    for place in (pack({}, "empty.zip"), unpack({"Greek/omega.png": png(drawing(0))}, "flat")):
        with pytest.raises(InputError, match=rf"{place.name} has no drawings ALPHABET/characterNN/….png"):
            load(f"omniglot:{place}")


def test_a_character_with_a_drawing_too_few_is_named(pack):
    some = dict(list(CONTENTS.items())[:-1])
    with pytest.raises(InputError, match="has 19 drawings of Greek/character01, not 20; fetch it again"):
        load(f"omniglot:{pack(some)}")


def claiming(width, height):
    """A PNG of 105 × 105 pixels whose header claims another size."""
    header = b"IHDR" + struct.pack(">2I", width, height) + png(drawing(0))[24:29]
    return png(drawing(0))[:12] + header + struct.pack(">I", zlib.crc32(header)) + png(drawing(0))[33:]


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "not a PNG file"),
        (b"GIF89a", "not a PNG file"),
        (png(drawing(0))[:60], "Truncated File Read|image file is truncated"),
        (png(drawing(0))[:-500] + bytes(500), "unrecognized data stream|broken"),
        (png(drawing(0)[:28, :28]), "28 × 28 pixels"),
        (claiming(2**30, 2**30), "1073741824 × 1073741824 pixels"),
        (claiming(105, 106), "105 × 106 pixels"),
        (png(drawing(0)) + bytes(2**20), "more than 65536 bytes"),
    ],
)
@pytest.mark.parametrize("place", ["pack", "unpack"])
def test_a_malformed_drawing_is_named(request, content, cause, place):
    name = "images_background/Greek/character02/0001_07.png"
    path = request.getfixturevalue(place)({**CONTENTS, name: content})
    with pytest.raises(
        InputError,
        match=rf"^{path / name} is not a drawing of 105 × 105 pixels \(({cause}).*; fetch it again",
    ):
        load(f"omniglot:{path}")


def test_a_zip_that_is_none_is_named(tmp_path):
    path = tmp_path / "set.zip"
    path.write_bytes(b"no archive")
    with pytest.raises(
        InputError, match=r"set\.zip cannot be read \(File is not a zip file\); fetch it again"
    ):
        load(f"omniglot:{path}")


FIRST = "images_background/Latin/character01/0000_01.png"


def test_a_compression_that_unpacks_without_limit_is_refused(pack):
    with pytest.raises(
        InputError, match=rf"set\.zip/{FIRST} cannot be read \(it is compressed in an unusual way\)"
    ):
        load(f"omniglot:{pack(CONTENTS, compression=zipfile.ZIP_BZIP2)}")


def test_no_more_than_a_drawing_is_unpacked(pack):
    path = pack({FIRST: bytes(2**25)})
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=rf"set\.zip/{FIRST} is not .* \(more than 65536 bytes\)"):
            load(f"omniglot:{path}")
        assert tracemalloc.get_traced_memory()[1] < 2**22
    finally:
        tracemalloc.stop()


def test_archives_and_folders_beyond_all_drawings_are_refused(pack, unpack, monkeypatch):
    monkeypatch.setattr("p2pbo.data.sets.omniglot._MOST", 59)
    with pytest.raises(InputError, match="has more than 59 drawings; fetch it again"):
        load(f"omniglot:{unpack(CONTENTS)}")
    path = pack(CONTENTS)
    monkeypatch.setattr("p2pbo.data.sets.omniglot._LARGEST_ZIP", path.stat().st_size - 1)
    with pytest.raises(InputError, match=r"set\.zip cannot be read \(it has more than \d+ bytes\)"):
        load(f"omniglot:{path}")


@pytest.mark.parametrize(
    ("compression", "mark", "offset", "value", "said"),
    [
        (zipfile.ZIP_STORED, b"IDAT", 20, 0xAA, "Bad CRC-32 for file"),
        (
            zipfile.ZIP_DEFLATED,
            FIRST.encode(),
            len(FIRST),
            0x07,
            "Error -3 while decompressing",
        ),  # block type 3
        (zipfile.ZIP_DEFLATED, b"PK\1\2", 8, 0x01, "File .* is encrypted"),  # flag 0 of the directory's entry
    ],
)
def test_a_spoilt_drawing_in_a_zip_is_named(tmp_path, compression, mark, offset, value, said):
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr(FIRST, CONTENTS[FIRST])
    content = bytearray(path.read_bytes())
    place = content.index(mark) + offset
    assert content[place] != value
    content[place] = value
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"set\.zip/{FIRST} cannot be read \({said}.*; fetch it again"):
        load(f"omniglot:{path}")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_spoilt_zip_is_refused_or_read(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "spoilt.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("images/Greek/character01/0001_01.png", png(drawing(0)))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with pytest.raises(InputError, match=r"spoilt\.zip"):  # read, it would have 1 drawing instead of 20
        load(f"omniglot:{path}")


def test_real_drawings(shared_data):
    path = shared_data("omniglot_background_small1.zip")
    dataset = load(f"omniglot:{path}")
    assert dataset.train.features.shape == (2720, 784)
    assert np.bincount(dataset.train.labels).tolist() == [20] * 136
    assert np.bincount(dataset.groups).tolist() == [24, 22, 24, 40, 26]  # Balinese, Early_Aramaic, Greek, …
    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".png"))
        for row in (0, 1234, 2719):
            image = Image.open(io.BytesIO(archive.read(names[row])))
            assert dataset.train.features[row].mean() == pytest.approx(1 - np.asarray(image).mean(), rel=1e-5)
