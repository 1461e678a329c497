"""The checkpoint file: what comes back, and what becomes of it when files are damaged or cannot be written."""

import errno
import hashlib
import os
import warnings

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2pbo import InputError
from p2pbo.errors import Notice, WriteError
from p2pbo.trace import checkpoint
from p2pbo.trace.checkpoint import (
    FORMAT,
    MAGIC,
    Checkpoint,
    CheckpointWriter,
    open_checkpoint,
    previous_generation,
)
from p2pbo.version import VERSION

ATTRIBUTES = {"step": 30, "wall_time": 1.5, "algorithm": "mdbo"}
FOREIGN, BROKEN = "is not a checkpoint of this version of p2pbo", "is truncated or corrupted"
OTHER_FORMATS = [8 * (len(MAGIC % FORMAT) - 2) + bit for bit in (0, 2)]
"""Bits that make the format 3 or 6."""
X = np.arange(12, dtype=np.float32).reshape(6, 2)


def begin(path, step=30):
    writer = CheckpointWriter(path, {"nodes": 6, "note": "x̄"}, ATTRIBUTES | {"step": step})
    writer.rows("state/x", 6, np.arange(2), X[:2])
    return writer


def write(path, step=30):
    writer = begin(path, step)
    writer.rows("state/x", 6, np.array([5, 2, 3, 4]), X[[5, 2, 3, 4]])
    writer.rows("links/memory/y", 2, np.array([1, 0]), np.array([[True], [False]]))
    writer.rows("links/none", 0, np.zeros(0, dtype=int), np.zeros((0, 3), dtype=np.uint8))
    writer.commit()


@pytest.fixture
def path(tmp_path):
    """Two generations, of steps 20 and 30."""
    for step in (20, 30):
        write(tmp_path / "run.ckpt", step)
    return tmp_path / "run.ckpt"


def names(path):
    return sorted(file.name for file in path.parent.iterdir())


def test_it_comes_back(path):
    found = open_checkpoint(path)
    assert (found.path, found.format, found.step, found.attributes) == (path, 2, 30, ATTRIBUTES)
    assert found.description == {"nodes": 6, "note": "x̄"}
    assert sorted(found.names) == ["links/memory/y", "links/none", "state/x"]
    assert "state/x" in found
    assert "state" not in found
    assert [found.total(name) for name in sorted(found.names)] == [2, 0, 6]
    for index in (np.array([4, 5, 0, 2]), np.array([3]), np.array([], dtype=int), slice(2, 5), np.arange(6)):
        np.testing.assert_array_equal(found.rows("state/x", index), X[index])
    assert found.rows("state/x", np.array([1])).dtype == np.float32
    assert found.rows("links/memory/y", slice(None)).tolist() == [[False], [True]]
    assert found.rows("links/none", slice(None)).shape == (0, 3)
    assert open_checkpoint(previous_generation(path)).step == 20
    assert names(path) == ["run.ckpt", "run.previous.ckpt"]


def test_the_digest_is_of_all_bytes_behind_the_head(path):
    head, body = path.read_bytes()[:512], path.read_bytes()[512:]
    magic, digest = head.rstrip(b"\0").splitlines()
    assert magic == b"p2pbo checkpoint 2"
    assert digest.decode() == hashlib.blake2b(body).hexdigest()
    with h5py.File(path) as file:  # other programs find HDF5 behind it
        np.testing.assert_array_equal(file["arrays/state/x"], X)


def test_the_first_format_is_read(path, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(checkpoint, "FORMAT", 1)
        write(path, 40)
    found = open_checkpoint(path)
    assert (found.format, found.step) == (1, 40)
    assert Checkpoint(path, verified=True).format == 1


@pytest.mark.parametrize("number", [3, 12])
def test_a_newer_format_is_refused_on_one_line(path, monkeypatch, number):
    with monkeypatch.context() as patched:
        patched.setattr(checkpoint, "FORMAT", number)
        write(path, 40)
    expected = (
        rf"^{path} is a checkpoint of format {number}, and p2pbo {VERSION} reads formats up to {FORMAT}; "
        "resume it with the newer p2pbo that wrote it$"
    )
    for verified in (False, True):
        with pytest.raises(InputError, match=expected):
            Checkpoint(path, verified)
    with pytest.raises(InputError, match=expected):  # the generation before would lose steps
        open_checkpoint(path)


def test_an_array_that_is_missing_is_named(path):
    with pytest.raises(InputError, match=rf"^{path} holds no state/y; start the run anew without --resume$"):
        open_checkpoint(path).rows("state/y", np.arange(2))


@pytest.mark.parametrize("index", [np.array([6]), np.array([-1]), np.array([0, 6])])
def test_positions_outside_are_refused(path, index):
    with pytest.raises(ValueError, match="of 6"):
        open_checkpoint(path).rows("state/x", index)
    with pytest.raises(ValueError, match="of 6"):
        begin(path).rows("state/x", 6, index, np.zeros((len(index), 2), dtype=np.float32))


@pytest.mark.parametrize("rows", [X[:3].astype(float), X[:2], np.zeros((3, 3), np.float32)])
def test_blocks_that_do_not_belong_together_are_refused(path, rows):
    with pytest.raises(ValueError, match=r"state/x is float32\(6, 2\), not"):
        begin(path).rows("state/x", 6, np.arange(3), rows)


def test_rows_that_are_missing_and_no_step_are_refused(path):
    with pytest.raises(ValueError, match="state/x has 2 of 6 rows"):
        begin(path).commit()
    with pytest.raises(ValueError, match="'step'"):
        CheckpointWriter(path, {}, {})
    assert open_checkpoint(path).step == 30


def test_an_abandoned_one_leaves_nothing(path):
    writer = begin(path, 40)
    assert "run.ckpt.new" in names(path)
    writer.abandon()
    writer.abandon()
    assert names(path) == ["run.ckpt", "run.previous.ckpt"]
    assert open_checkpoint(path).step == 30


def test_a_reader_keeps_what_it_has_opened(path):
    found = open_checkpoint(path)
    for step in (40, 50):
        write(path, step)
    np.testing.assert_array_equal(found.rows("state/x", slice(None)), X)
    assert [found.step, open_checkpoint(path).step, open_checkpoint(previous_generation(path)).step] == [
        30,
        50,
        40,
    ]


def damaged(path, image, message):
    path.write_bytes(image)
    with pytest.warns(Notice) as notices:
        found = open_checkpoint(path)
    assert (found.step, found.path) == (20, previous_generation(path))
    text = str(notices[0].message)
    assert text == f"{path} {message}; the run goes on from step 20 of {previous_generation(path)}"


def flipped(image, bit):
    changed = bytearray(image)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_any_bit_that_flips_and_any_cut_is_seen(path):
    image = path.read_bytes()

    @given(st.integers(0, len(image) * 8 - 1).filter(lambda bit: bit not in OTHER_FORMATS))
    def flip(bit):
        magic = bit // 8 < len(MAGIC % FORMAT)
        damaged(
            path,
            flipped(image, bit),
            f"is {'not a checkpoint of this version of p2pbo' if magic else 'truncated or corrupted'}",
        )

    @given(st.integers(19, len(image) - 1))
    def cut(size):
        damaged(path, image[:size], BROKEN)

    flip()
    for bit in OTHER_FORMATS:
        path.write_bytes(flipped(image, bit))
        with pytest.raises(InputError, match=r"is a checkpoint of format [36], and"):
            open_checkpoint(path)
    cut()
    damaged(path, image + b"\0", BROKEN)
    damaged(path, b"", FOREIGN)


def test_a_missing_one_is_replaced_by_the_one_before(path):
    path.unlink()  # as between the two renamings
    with pytest.warns(
        Notice, match=r"run\.ckpt does not exist; the run goes on from step 20 of .*/run\.previous"
    ):
        assert open_checkpoint(path).step == 20
    write(path, 40)
    assert [open_checkpoint(path).step, open_checkpoint(previous_generation(path)).step] == [40, 20]


def test_where_both_are_broken_both_are_named(path):
    path.write_bytes(path.read_bytes()[:-1])
    previous_generation(path).unlink()
    expected = (
        rf"^{path} is truncated or corrupted, and {previous_generation(path)} does not exist; restore one of them or"
        " start the run anew without --resume$"
    )
    with pytest.raises(InputError, match=expected):
        open_checkpoint(path)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("name", ["pwrite", "ftruncate", "fsync", "rename"])
def test_a_failure_at_any_call_leaves_the_generations(path, monkeypatch, number, name):
    def attempt(at):
        calls, real = [], getattr(os, name)

        def failing(*arguments, **more):
            calls.append(name)
            if len(calls) - 1 == at:
                raise OSError(number, os.strerror(number))
            return real(*arguments, **more)

        with monkeypatch.context() as patched:
            patched.setattr(os, name, failing)
            try:
                write(path, 40)
            except WriteError as error:
                return len(calls), error
        return len(calls), None

    for at in range(50):
        calls, error = attempt(at)
        if error is None:
            break
        assert f"cannot be written any more ({os.strerror(number)})" in str(error)
        assert f"{error}".count("\n") == 0
        assert "run.ckpt.new" not in names(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Notice)
            assert open_checkpoint(path).step in (30, 20, 40)
        write(path, 20)
        write(path, 30)
    assert at == calls > 0


def test_a_place_that_cannot_be_written(path):
    with pytest.raises(
        WriteError, match=r"none/run\.ckpt cannot be written any more \(No such file or directory\)"
    ):
        begin(path.parent / "none" / "run.ckpt")


def test_a_checkpoint_is_no_trace_and_a_trace_no_checkpoint(path, finished):
    with pytest.raises(
        InputError, match=r"run\.h5 is not a checkpoint of this version of p2pbo, and .*previous"
    ):
        open_checkpoint(finished.path)
    assert Checkpoint(path).step == 30
