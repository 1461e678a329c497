"""Text as editors write it: marks, line ends, packings; what is no text is named by its line."""

import bz2
import gzip
import lzma
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2pbo.errors import InputError
from p2pbo.reading import open_text, read_limited, read_text

PACKINGS = {"plain": bytes, "gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress}
MARKED = ["utf-8", "utf-8-sig", "utf-16", "utf-32"]


@pytest.fixture
def write(tmp_path):
    def to(content, name="file.txt"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return to


@pytest.mark.parametrize("pack", PACKINGS.values(), ids=PACKINGS)
@pytest.mark.parametrize("encoding", MARKED)
def test_marks_and_line_ends_are_nobodys_business(write, pack, encoding):
    path = write(pack("Zürich 1\r\nÅlesund 2\rNîmes\n\n".encode(encoding)))
    text = "Zürich 1\nÅlesund 2\nNîmes\n\n"
    assert read_text(path, 1000) == text
    with open_text(path) as stream:
        assert stream.read() == text


@given(st.text(st.characters(exclude_characters="\0\r\ufeff", codec="utf-8")), st.sampled_from(MARKED))
def test_any_text_comes_back(tmp_path_factory, text, encoding):
    path = tmp_path_factory.getbasetemp() / "any.txt"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode() if encoding == "utf-8" else text.encode(encoding))
    assert read_text(path, 10**6) == text


def test_what_is_no_text_is_named_by_its_line(write):
    with pytest.raises(InputError, match=r"file\.txt, line 3, is not UTF-8 text; save it as UTF-8"):
        read_text(write("a\nb\nZürich".encode("latin-1")), 100)
    with pytest.raises(InputError, match=r"file\.txt, line 1, is not UTF-16 text; save it as UTF-8"):
        read_text(write("a".encode("utf-16") + b"b"), 100)
    with open_text(write(b"a\n\xff")) as stream:
        assert stream.read() == "a\n\udcff"


@pytest.mark.parametrize("pack", PACKINGS.values(), ids=PACKINGS)
def test_the_limit_is_that_of_the_content(write, pack):
    path = write(pack(b"x" * 1000))
    assert read_limited(path, 1000) == b"x" * 1000
    with pytest.raises(InputError, match=r"file\.txt has more than 999 bytes; give a file of the kind"):
        read_limited(path, 999)


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "xz"])
def test_damage_is_one_line(write, kind):
    packed = PACKINGS[kind](bytes(range(256)) * 9)
    for broken in (packed[:-5], packed[:20] + bytes(8) + packed[28:]):
        with pytest.raises(InputError, match=r"file\.txt cannot be read \(.+\); check the file, or fetch it"):
            read_limited(write(broken), 10**6)


def test_archives_are_named(write, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.txt", "w") as archive:
        archive.writestr("inside", "text")
    with pytest.raises(InputError, match=r"a\.txt is a zip archive; unpack it and give a file that it holds"):
        read_text(tmp_path / "a.txt", 100)


def test_what_is_not_there_or_a_folder_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_text(tmp_path / "absent", 9)
    with pytest.raises(IsADirectoryError):
        read_text(tmp_path, 9)
