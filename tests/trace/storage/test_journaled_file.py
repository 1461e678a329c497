"""The journaled file: a model file in memory, failures at every call to the system, and readers beside the writer."""

import errno
import fcntl
import math
import os
import shutil

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from p2pbo import InputError
from p2pbo.errors import Notice, WriteError
from p2pbo.trace.reading.snapshot import ChangedWhileRead, file_image, snapshot
from p2pbo.trace.storage import journaled_file
from p2pbo.trace.storage.journal import Journal, journal_path
from p2pbo.trace.storage.journaled_file import JournaledFile

CALLS = ("pwrite", "ftruncate")
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(0, 120), st.binary(min_size=1, max_size=40)),
        st.tuples(st.just("truncate"), st.integers(0, 120), st.just(b"")),
        st.tuples(st.just("commit"), st.just(0), st.just(b"")),
    ),
    max_size=12,
)


class Killed(BaseException):
    """What no code that is killed can catch."""


def change(file, model, actions):
    """Do ``actions`` in the file and in its model, a bytearray."""
    for kind, at, block in actions:
        if kind == "write":
            file.seek(at)
            file.write(memoryview(block))
            model.extend(bytes(max(0, at + len(block) - len(model))))
            model[at : at + len(block)] = block
        elif kind == "truncate":
            file.truncate(max(at, len(model)))  # HDF5 reads nothing that it has cut off and not written anew
            model.extend(bytes(max(0, at - len(model))))
        else:
            file.commit()


def content(file):
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return file.read(size)


@pytest.fixture(params=[0, math.inf], ids=["each commit", "at the end"])
def period(request, monkeypatch):
    """When commits reach the file."""
    monkeypatch.setattr(journaled_file, "APPLY_PERIOD", request.param)


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=ACTIONS)
def test_it_reads_as_a_file_and_changes_with_commits_only(tmp_path, period, actions):
    path = tmp_path / "file"
    path.write_bytes(b"")
    file, model, committed = JournaledFile(path), bytearray(), b""
    for action in actions:
        change(file, model, [action])
        committed = bytes(model) if action[0] == "commit" else committed
        assert content(file) == bytes(model)
        assert file_image(path)[: len(committed)] == committed
    file.truncate(len(model) // 2)
    del model[len(model) // 2 :]
    file.commit()
    file.close()
    assert path.read_bytes() == bytes(model)
    assert not journal_path(path).exists()


def failing(monkeypatch, at, failure, share):
    """Let the call number ``at`` that changes a file do ``share`` of its work and end in ``failure``; counts calls."""
    calls = []

    def replaced(name, real):
        def call(descriptor, what, *more):
            calls.append(name)
            if len(calls) - 1 != at:
                return real(descriptor, what, *more)
            if name == "pwrite" and share:
                real(descriptor, what[: int(share * len(what))], *more)
            raise failure

        return call

    for name in CALLS:
        monkeypatch.setattr(os, name, replaced(name, getattr(os, name)))
    return calls


BEFORE = [("write", 0, bytes(range(64))), ("commit", 0, b"")]  # the first commit is in the file at once
COMMIT = [
    ("write", 10, b"first"),
    ("write", 64, b"behind the end"),
    ("write", 12, b"over the first"),
    ("truncate", 100, b""),
    ("write", 95, b"across"),
    ("commit", 0, b""),
]


def interrupted(tmp_path, monkeypatch, at, failure, share):
    """A commit that ends at its call number ``at``: path, contents before and after it, what it raised."""
    path = tmp_path / f"{at}"
    path.write_bytes(b"")
    file, model = JournaledFile(path), bytearray()
    change(file, model, BEFORE)
    before, raised = bytes(model), None
    with monkeypatch.context() as patched:
        calls = failing(patched, at, failure, share)
        try:
            change(file, model, COMMIT)
        except (Killed, WriteError) as error:
            raised = error
    change(NoFile, model, COMMIT)
    return file, path, before, bytes(model), raised, len(calls)


class NoFile:
    """Takes what only the model is to do."""

    seek = write = truncate = staticmethod(lambda *_: None)
    commit = staticmethod(lambda: None)


@pytest.mark.parametrize("share", [0, 0.5, 1])
def test_a_kill_at_any_call_leaves_all_or_nothing(tmp_path, monkeypatch, period, share):
    outcomes = []
    for at in range(20):
        file, path, before, after, raised, calls = interrupted(tmp_path, monkeypatch, at, Killed(), share)
        if raised is None:
            break
        found = (
            file_image(path)[: len(before)] if file_image(path)[: len(before)] == before else file_image(path)
        )
        assert found in (before, after), at
        shutil.copy(path, tmp_path / "copy")
        shutil.copy(journal_path(path), journal_path(tmp_path / "copy"))
        JournaledFile(tmp_path / "copy").close()
        assert (tmp_path / "copy").read_bytes() == file_image(path)
        assert not journal_path(tmp_path / "copy").exists()
        outcomes.append(found == after)
        file.close()
    assert calls == len(outcomes)
    assert outcomes == sorted(outcomes)
    assert not outcomes[0]
    assert outcomes[-1] or share < 1


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_failure_at_any_call_is_one_error_and_loses_nothing(tmp_path, monkeypatch, period, number):
    for at in range(20):
        failure = OSError(number, "not shown")
        file, path, before, after, raised, _ = interrupted(tmp_path, monkeypatch, at, failure, 0.5)
        if raised is None:
            break
        reason = os.strerror(number)
        assert str(raised).startswith(f"{path} cannot be written any more ({reason}); ")
        assert "what was written before is intact" in str(raised)
        with pytest.raises(WriteError, match="cannot be written any more"):
            file.commit()  # nor does it go on as if nothing had been
        file.close()
        found = file_image(path)
        assert found == after or found[: len(before)] == before
    assert at >= 1


def test_a_reader_sees_what_the_journal_says_and_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(journaled_file, "APPLY_PERIOD", 0)
    last = 20
    while True:
        file, path, _, after, raised, calls = interrupted(tmp_path, monkeypatch, last, Killed(), 0)
        if raised is not None:
            break
        last = calls - 1  # the call that empties the journal
    raw = path.read_bytes(), journal_path(path).read_bytes()
    assert file_image(path) == after
    assert (path.read_bytes(), journal_path(path).read_bytes()) == raw
    for cut in range(len(raw[1])):
        journal_path(path).write_bytes(raw[1][:cut])
        assert Journal.of(path).changes is None, cut
    damaged = bytearray(raw[1])
    damaged[len(damaged) // 2] ^= 1
    journal_path(path).write_bytes(damaged)
    assert Journal.of(path).changes is None
    file.close()


def test_what_another_process_writes_is_refused(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"1234")
    file = JournaledFile(path)
    with pytest.raises(InputError, match=r"/file is being written by another process; wait for that run"):
        JournaledFile(path)
    file.close()
    JournaledFile(path).close()


@pytest.mark.parametrize("how", ["removed", "replaced"])
def test_a_file_that_is_not_in_its_place_any_more(tmp_path, how):
    path = tmp_path / "file"
    path.write_bytes(b"1234")
    file = JournaledFile(path)
    path.unlink()
    if how == "replaced":
        path.write_bytes(b"another")
    file.write(memoryview(b"5"))
    with pytest.raises(
        WriteError, match=r"/file was removed or replaced while it was written; leave the files"
    ):
        file.commit()
    file.close()
    assert not journal_path(path).exists()
    assert not path.exists() or path.read_bytes() == b"another"


def test_readers_are_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(journaled_file, "APPLY_PERIOD", 0)
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    file = JournaledFile(path)
    with snapshot(path), path.open("rb") as reader:
        for number in range(5):
            file.seek(number)
            file.write(b"x")
            file.commit()
            assert reader.read() == b"0123456789"
            reader.seek(0)
            assert file_image(path) == content(file) == b"xxxxx"[: number + 1] + b"0123456789"[number + 1 :]
    file.commit()
    assert path.read_bytes() == b"xxxxx56789"
    file.close()


@pytest.mark.parametrize("limit", ["FORCE_BYTES", "CLOSE_SECONDS"])
def test_a_reader_who_does_not_let_go_is_not_waited_for_for_ever_and_hears_of_it(
    tmp_path, monkeypatch, limit
):
    monkeypatch.setattr(journaled_file, "APPLY_PERIOD", 0)
    monkeypatch.setattr(journaled_file, "CLOSE_SECONDS", 0)
    monkeypatch.setattr(journaled_file, "FORCE_BYTES", 0 if limit == "FORCE_BYTES" else math.inf)
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    file = JournaledFile(path)
    with pytest.raises(ChangedWhileRead), snapshot(path):
        file.write(b"x")
        file.commit()
        assert path.read_bytes() == (b"x123456789" if limit == "FORCE_BYTES" else b"0123456789")
        file.sync()
        assert path.read_bytes() == b"x123456789"
        raise KeyError("what a reader may find in a file that has changed under it")
    file.close()


def test_without_locks_readers_hear_of_changes(tmp_path, monkeypatch):
    def no_locks(*_):
        raise OSError(errno.ENOSYS, "no locks")

    monkeypatch.setattr(journaled_file, "APPLY_PERIOD", 0)
    monkeypatch.setattr(fcntl, "flock", no_locks)
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    with pytest.warns(Notice, match=rf"{tmp_path} is on a file system without locks \(no locks\); see that"):
        file = JournaledFile(path)
    with snapshot(path):
        assert file_image(path) == b"0123456789"
    with pytest.raises(ChangedWhileRead), snapshot(path):
        file.write(b"x")
        file.commit()
    with pytest.raises(ChangedWhileRead), snapshot(path):
        file.close()
    assert path.read_bytes() == b"x123456789"


def test_the_journal_has_what_changed_and_not_all_that_was_written(tmp_path, monkeypatch):
    monkeypatch.setattr(journaled_file, "APPLY_PERIOD", math.inf)
    path = tmp_path / "file"
    path.write_bytes(bytes(100_000))
    file = JournaledFile(path)
    for commit in range(10):
        file.seek(1000)
        block = bytearray(50_000)
        block[: 8 * commit] = b"x" * (8 * commit)
        file.write(block)
        file.commit()
    assert file_image(path)[990:1082] == bytes(10) + b"x" * 72 + bytes(10)
    assert journal_path(path).stat().st_size < 1000
    file.close()


def test_reading_behind_the_end_gives_zeros(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"12")
    file = JournaledFile(path)
    file.seek(1)
    np.testing.assert_array_equal(np.frombuffer(file.read(4), np.uint8), [ord("2"), 0, 0, 0])
    file.close()
