"""The file of a rank's events: JSON at every moment, with the first spans and the last."""

import json
import os

import pytest
from timeline_events import rows_in, spans_in

from p2pbo.runner.timeline.part import LINE, STEPS, Row, TimelinePart, process_names

ROW = Row(3)
NAMES = process_names(3, 'rank 3 on "häst"', "node 3")


@pytest.fixture
def part(tmp_path):
    """Makes a part that keeps so many spans."""
    made = []

    def make(most):
        made.append(TimelinePart(tmp_path / "t.json", NAMES, most))
        return made[-1]

    yield make
    for one in made:
        one.close()


def add(part, step):
    """A span of 5 µs every 10 µs."""
    part.add(ROW, "compute", "compute", 10.0 * step, 10.0 * step + 5, b'"step":%d' % step)


def kept(part):
    return [span["args"]["step"] for span in spans_in(part.path)[3] if span["cat"] == "compute"]


def test_it_is_whole_after_every_span(part):
    new = part(7)
    assert spans_in(new.path) == {3: []}
    for step in range(30):
        add(new, step)
        assert step in kept(new)
    new.close()
    assert kept(new) == [0, 1, 2, 3, 27, 28, 29]


def test_what_a_span_says(part):
    new = part(2)
    new.add(ROW, "wait for rank 4", "wait", 1.5, 2.25, b'"step":1,"rank":4')
    (span,) = spans_in(new.path)[3]
    assert span == {
        "name": "wait for rank 4",
        "cat": "wait",
        "ph": "X",
        "pid": 3,
        "tid": STEPS,
        "ts": 1.5,
        "dur": 0.75,
        "args": {"step": 1, "rank": 4},
    }
    name = json.loads(new.path.read_text())[0]
    assert name["args"] == NAMES[ROW]["process_name"]


@pytest.mark.parametrize("count", [6, 7, 10, 11])
def test_what_is_left_out_is_said_in_its_place(part, count):
    new = part(6)
    for step in range(count):
        add(new, step)
    new.close()
    others = [span for span in spans_in(new.path)[3] if span["cat"] != "compute"]
    if count == 6:
        assert others == []
    else:
        (gap,) = others
        assert gap["name"] == f"{count - 6} spans left out"
        assert (gap["ts"], gap["ts"] + gap["dur"]) == (10.0 * 2 + 5, 10.0 * (count - 3))


def test_what_is_left_out_lies_between_spans_of_one_row(tmp_path):
    """Rows of a node ten times slower: no span overlaps another of its row."""
    rows, names = [Row(0), Row(1)], process_names(0, "node 0", "") | process_names(1, "node 1", "")
    new = TimelinePart(tmp_path / "t.json", names, 44)
    for step in range(100):
        new.add(rows[1], "compute", "compute", 10.0 * step, 10.0 * step + 10, b'"step":%d' % step)
        if step % 10 == 9:
            new.add(rows[0], "compute", "compute", 10.0 * step - 90, 10.0 * step + 10, b'"step":%d' % step)
    new.close()
    found = rows_in(new.path)
    (gap,) = (span for spans in found.values() for span in spans if span["cat"] == "left out")
    assert gap["name"] == "66 spans left out"
    assert gap["dur"] > 0


def test_its_size_is_bounded(part):
    new = part(100)
    for step in range(1000):
        add(new, step)
    new.close()
    assert 100 * LINE < new.path.stat().st_size < 106 * LINE


def test_the_longest_span_fits(part):
    new = part(4)
    for _ in range(6):
        years, rank = 1e15, 999_999
        new.add(
            ROW, f"wait for rank {rank}", "wait", years, 2 * years, b'"step":%d,"rank":%d' % (10**12, rank)
        )
    assert len(spans_in(new.path)[3]) == 4


@pytest.mark.parametrize("short", [True, False])
def test_a_full_disk_ends_it_whole(part, short, monkeypatch):
    new = part(100)
    for step in range(5):
        add(new, step)
    really = os.pwrite

    def pwrite(file, text, place):
        if len(text) < LINE:
            return really(file, text, place)
        if not short:
            raise OSError(28, "No space left on device")
        return really(file, text[:50], place)

    monkeypatch.setattr(os, "pwrite", pwrite)
    with pytest.raises(OSError, match="No space left on device"):
        add(new, 5)
    monkeypatch.undo()
    add(new, 6)  # is not kept, nor refused
    assert kept(new) == [0, 1, 2, 3, 4]
