"""Files in LIBSVM's format that cannot be read: the line or the file that is blamed."""

import bz2
import gzip
import lzma
import re
import tracemalloc

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from p2pbo.data import load
from p2pbo.errors import InputError

TEXT = b"7 1:0.5 3:-2\n-1.0 2:1e2\n+2\n7 1:1\n"


@pytest.mark.parametrize(
    ("bad", "cause"),
    [
        (b"yes 1:2", "'yes' is not a numeric label"),
        (b"1,2 1:2", "'1,2' is several labels"),
        (b"nan 1:2", "the label nan is not a finite number"),
        (b"1 1", "'1' is not an INDEX:VALUE pair"),
        (b"1 1:2 5:", "'5:' is not an INDEX:VALUE pair"),
        (b"1 :2", "':2' is not an INDEX:VALUE pair"),
        (b"1 a:2", "'a:2' is not an INDEX:VALUE pair"),
        (b"1 1.5:2", "'1.5:2' is not an INDEX:VALUE pair"),
        (b"1 1:0x2", "'1:0x2' is not an INDEX:VALUE pair"),
        (b"1 1:1e400", "a value is not a finite number"),
        (b"1 qid:4 qid:5", "'qid:5' is not an INDEX:VALUE pair"),
        (b"1 qid 1:2", "'qid' is not an INDEX:VALUE pair"),
        (b"1 3:1 2:1", "index '2' comes after 3"),
        (b"1 2:1 2:1", "index '2' comes after 2"),
        (b"1 -3:1", "index '-3' is out of range"),
        (b"1 2147483647:1 x", "'x' is not an INDEX:VALUE pair"),
        (b"1 2147483648:1", "index '2147483648' is out of range"),
        (b"1 9223372036854775807:1", "index '9223372036854775807' is out of range"),
        (b"1 99999999999999999999:1", "index '99999999999999999999' is out of range"),
        (b"1 1:2\0", r"'1:2\x00' is not an INDEX:VALUE pair"),
        (b"1 qid:\0 # 1:2", "'#' is not an INDEX:VALUE pair"),
        (b"\xff\xfe 1:2", r"'\\xff\\xfe' is not a numeric label"),
    ],
)
@pytest.mark.parametrize("as_test", [False, True])
def test_a_malformed_line_is_named(write, bad, cause, as_test):
    good, broken = write(b"1 1:1\n", "good"), write(b"\n1 qids:2 1:1\n# \0\n" + bad + b"\n0 1:1\n", "broken")
    with pytest.raises(InputError) as refused:
        if as_test:
            load(f"libsvm:{good}", test=broken)
        else:
            load(f"libsvm:{broken}")
    assert str(refused.value).startswith(f"{broken}, line 4: {cause}")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "pack"), [("cut.gz", gzip.compress), ("cut.bz2", bz2.compress), ("cut.xz", lzma.compress)]
)
def test_a_cut_archive_is_named(write, name, pack):
    path = write(pack(b"1 1:1\n" * 1000)[:-12], name)
    with pytest.raises(
        InputError, match=rf"{re.escape(name)}, line \d+: cannot be read \(Compressed file ended"
    ):
        load(f"libsvm:{path}")


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# only a comment\n"])
def test_a_file_without_samples_is_refused(write, content):
    with pytest.raises(InputError, match=r"set\.txt has no samples; write LABEL"):
        load(f"libsvm:{write(content)}")


def test_a_missing_file_is_named(write, tmp_path):
    with pytest.raises(InputError, match=r"absent is not a file; give the path"):
        load(f"libsvm:{tmp_path / 'absent'}")
    with pytest.raises(InputError, match=r"gone is not a file"):
        load(f"libsvm:{write(TEXT)}", test=tmp_path / "gone")
    with pytest.raises(InputError, match="is not a file"):
        load(f"libsvm:{tmp_path}")


@pytest.mark.parametrize("name", ["libsvm", "idx", "mnist", "omniglot"])
def test_places_that_may_not_be_read_are_one_line(tmp_path, monkeypatch, name):
    place = tmp_path / "images-idx3"
    refusal = rf"^data {name}:{place}x{{300}} cannot be read \(file name too long\); check the path$"
    with pytest.raises(InputError, match=refusal):
        load(f"{name}:{place}{'x' * 300}")

    def locked(path, *_, **__):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.is_file", locked)
    monkeypatch.setattr("pathlib.Path.exists", locked)
    with pytest.raises(
        InputError, match=rf"^data {name}:{place} cannot be read \(permission denied\); check"
    ):
        load(f"{name}:{place}")


def test_a_file_without_read_permission_is_named(write, monkeypatch):
    path = write(TEXT)

    def locked(path, *_, **__):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.open", locked)
    with pytest.raises(
        InputError, match=r"set\.txt, line 1: cannot be read \(permission denied\); check the file"
    ):
        load(f"libsvm:{path}")


def test_options_that_contradict_are_refused(write):
    path = write(TEXT)
    with pytest.raises(InputError, match="give either test or test_fraction"):
        load(f"libsvm:{path}", test=path, test_fraction=0.1)
    for options in ({"features": 0}, {"test_fraction": 1.0}, {"test_fraction": -0.1}, {"feature": 3}):
        with pytest.raises(InputError):
            load(f"libsvm:{path}", **options)
    with pytest.raises(InputError, match="needs two samples or more"):
        load(f"libsvm:{write(b'1 1:1')}", test_fraction=0.5)


@pytest.mark.parametrize(
    ("ending", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)]
)
def test_a_file_that_unpacks_without_end_is_refused(write, monkeypatch, ending, pack):
    monkeypatch.setattr("p2pbo.reading.unpacking.FREE_BYTES", 2**20)
    path = write(pack(b"1 1:1\n" + (b" " * 1023 + b"\n") * 2**13), f"bomb{ending}")
    assert path.stat().st_size * 200 < 2**23
    tracemalloc.start()
    try:
        with pytest.raises(
            InputError, match=rf"bomb{ending} unpacks to more than 200 times its size; check the"
        ):
            load(f"libsvm:{path}")
        assert tracemalloc.get_traced_memory()[1] < 2**24
    finally:
        tracemalloc.stop()


def test_small_files_may_unpack_to_what_they_like(write):
    path = write(gzip.compress(b"1 1:1\n" * 10**5), "small.gz")
    assert path.stat().st_size * 200 < 6 * 10**5
    assert len(load(f"libsvm:{path}").train) == 10**5


def test_a_line_without_end_is_refused(write, monkeypatch):
    monkeypatch.setattr("p2pbo.data.libsvm_format._LONGEST_LINE", 1000)
    assert len(load(f"libsvm:{write(b'1 1:1 #' + b'x' * 992 + chr(10).encode())}").train) == 1
    path = write(b"1 1:1\n" + b"x" * 1001)
    with pytest.raises(InputError, match=r"set\.txt, line 2: has more than 1000 characters; write LABEL"):
        load(f"libsvm:{path}")


def test_an_index_beyond_all_data_is_refused(write):
    good, path = write(b"1 1:1\n", "good"), write(b"1 1:1\n0 1:1 2147483647:1\n")
    for place, options in ((path, {}), (good, {"test": path})):
        with pytest.raises(
            InputError, match=r"set\.txt, line 2: an index asks for more than 100000000 columns; "
        ):
            load(f"libsvm:{place}", **options)
    assert load(f"libsvm:{write(b'1 100000000:1')}").train.features.shape == (1, 10**8)
    with pytest.raises(InputError, match="features"):
        load(f"libsvm:{good}", features=10**8 + 1)


_word = st.sampled_from(
    [
        b"1",
        b"-1",
        b"2:1",
        b"0:3",
        b"3:-1e3",
        b"3:",
        b":",
        b"#",
        b"qid:1",
        b"nan",
        b"4:inf",
        b"x",
        b"-2:1",
        b"\0",
    ]
)
NOT_LINES = (b"PK", b"7z", b"(\xb5", b"BZ", b"\xfd7", b"\x1f\x8b", b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")
"""How archives and text of two or four bytes a character begin."""

_line = st.one_of(st.lists(_word, max_size=5).map(b" ".join), st.binary(max_size=12))


@settings(max_examples=400, deadline=None)
@given(st.lists(_line, max_size=6).map(b"\n".join))
def test_any_bytes_load_or_blame_a_line(tmp_path_factory, content):
    assume(not content.startswith(NOT_LINES))
    path = tmp_path_factory.getbasetemp() / "fuzz.txt"
    path.write_bytes(content)
    try:
        train = load(f"libsvm:{path}").train
    except InputError as refused:
        said = str(refused)
        if said.startswith(f"{path} has no samples"):
            assert not any(line.partition(b"#")[0].split() for line in re.split(b"[\r\n]", content))
            return
        blamed = re.match(rf"{re.escape(str(path))}, line (\d+): ", said)
        assert blamed, said
        line = re.split(b"\r\n|[\r\n]", content)[int(blamed[1]) - 1]
        assume(not line.startswith(NOT_LINES))
        path.write_bytes(line)
        with pytest.raises(InputError, match=r"fuzz\.txt, line 1: "):
            load(f"libsvm:{path}")
    else:
        assert np.isfinite(train.features.data).all()
        assert train.features.shape[0] == len(train) > 0
