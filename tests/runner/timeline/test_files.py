"""The files of a timeline, and how those of ranks become one."""

from pathlib import Path

import pytest
from timeline_events import spans_in

from p2pbo.errors import InputError, Notice
from p2pbo.runner.timeline.files import (
    check_timeline_path,
    merge_left,
    part_path,
    remove_further_parts,
)
from p2pbo.runner.timeline.part import Row, TimelinePart, process_names


def write(path, rank, spans=3):
    part = TimelinePart(part_path(path, rank), process_names(rank, f"rank {rank}", ""), 10)
    for step in range(spans):
        part.add(Row(rank), "compute", "compute", 10.0 * step, 10.0 * step + 5, b'"step":%d' % step)
    part.close()


@pytest.mark.parametrize("name", ["run.h5", "run", "run.gz", "json"])
def test_a_name_that_says_something_else_is_refused(name, tmp_path):
    with pytest.raises(InputError, match=r"does not end in \.json or \.json\.gz; call it \w+\.json"):
        check_timeline_path(tmp_path / name)


def test_a_folder_is_refused(tmp_path):
    (tmp_path / "a.json").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        check_timeline_path(tmp_path / "a.json")


@pytest.mark.parametrize("name", ["a.b.json", "a.b.json.gz"])
def test_parts_lie_beside_it(name):
    check_timeline_path(Path(name))
    assert part_path(Path("folder") / name, 12) == Path("folder/a.b.rank12.json")


@pytest.mark.parametrize("name", ["t.json", "t.json.gz"])
@pytest.mark.parametrize("running", [True, False])
def test_parts_become_one(name, running, tmp_path):
    path = tmp_path / name
    path.write_text("of an earlier run")
    for rank in (0, 2):
        write(path, rank)
    merge_left(path, 3, running=running)
    merged = spans_in(path)
    assert {rank: len(spans) for rank, spans in merged.items()} == {0: 3, 2: 3}
    left = {other.name for other in tmp_path.iterdir()} - {name}
    assert left == ({"t.rank0.json", "t.rank2.json"} if running else set())


def test_a_span_that_was_being_written_is_left_out(tmp_path):
    path = tmp_path / "t.json"
    write(path, 0)
    part = part_path(path, 0)
    text = part.read_bytes()
    for cut in range(1, 200):
        part.write_bytes(text[:-cut])
        merge_left(path, 1, running=True)
        assert 2 <= len(spans_in(path)[0]) <= 3


def test_without_parts_the_file_stays(tmp_path):
    path = tmp_path / "t.json"
    path.write_text("of an earlier run")
    merge_left(path, 3, running=False)
    assert path.read_text() == "of an earlier run"


def test_a_file_that_cannot_be_written_leaves_the_parts(tmp_path):
    path = tmp_path / "t.json"
    path.mkdir()
    write(path, 0)
    with pytest.warns(Notice, match=r"cannot be written .*; t\.rank\*\.json beside it hold what there is"):
        merge_left(path, 1, running=False)
    assert [other.name for other in tmp_path.iterdir() if other != path] == ["t.rank0.json"]


def test_parts_of_more_ranks_are_removed(tmp_path):
    path = tmp_path / "t[1].json"
    for rank in (1, 2, 10):
        write(path, rank)
    other = tmp_path / "t[1].rankx.json"
    other.touch()
    remove_further_parts(path, 2)
    assert set(tmp_path.iterdir()) == {part_path(path, 1), other}
