"""What stands in a journal, byte by byte."""

import struct
import zlib

import pytest

from p2pbo.trace.reading.snapshot import file_image
from p2pbo.trace.storage.journal import Changes, Journal, JournalWriter, journal_path, stamp_of
from p2pbo.trace.storage.journaled_file import JournaledFile

FIRST = Changes([(3, b"abc"), (0, b"x")], 6)
SECOND = Changes([(4, b"yz"), (7, b"!")], 8)


def of_the_first_version(changes):
    """A journal as p2pbo 0.1 wrote it."""
    pieces = b"".join(struct.pack("<QQ", at, len(block)) + block for at, block in changes.writes)
    body = struct.pack("<8sQQ", b"p2pboJ1\n", changes.size, len(pieces)) + pieces
    return body + struct.pack("<I", zlib.crc32(body))


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"012")
    return path


@pytest.fixture
def journal(file):
    journal_path(file).touch()
    writer = JournalWriter(journal_path(file), 2)
    writer.clear()
    return writer


def test_commits_are_done_one_after_the_other(file, journal):
    journal.append(FIRST)
    journal.append(SECOND)
    assert Journal.of(file).changes == Changes([*FIRST.writes, *SECOND.writes], 8)
    assert file_image(file) == b"x12ayz\0!"
    journal.clear()
    assert Journal.of(file).changes is None
    assert file_image(file) == b"012"


def test_of_one_that_was_cut_short_the_whole_commits_hold(file, journal):
    journal.append(FIRST)
    whole = journal.length
    journal.append(SECOND)
    written = journal_path(file).read_bytes()
    for length in range(len(written)):
        found = Journal.decode(written[:length]).changes
        assert found == (FIRST if length >= whole else None), length
    for place in range(16, len(written)):
        damaged = bytearray(written)
        damaged[place] ^= 1
        assert Journal.decode(bytes(damaged)).changes == (FIRST if place >= whole else None), place


def test_each_stamp_is_another(file, journal):
    journal.append(FIRST)
    stamps = [stamp_of(file)]
    for act in (journal.stamp, journal.clear, journal.clear):
        act()
        assert stamp_of(file) == Journal.of(file).stamp
        stamps.append(stamp_of(file))
    journal_path(file).unlink()
    assert stamp_of(file) == Journal.of(file).stamp
    assert len({*stamps, stamp_of(file)}) == len(stamps) + 1


def test_what_a_killed_run_of_the_first_version_left_is_read_and_taken_up(file):
    journal_path(file).write_bytes(of_the_first_version(FIRST))
    assert Journal.of(file).changes == FIRST
    assert file_image(file) == b"x12abc"
    JournaledFile(file).close()
    assert file.read_bytes() == b"x12abc"
    assert not journal_path(file).exists()
    for length in range(len(of_the_first_version(FIRST))):
        assert Journal.decode(of_the_first_version(FIRST)[:length]).changes is None
