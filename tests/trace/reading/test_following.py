"""A trace is followed until its run has ended, or until nobody can tell whether it has."""

import subprocess
import sys
import threading
import time

import pytest
import trace_examples
from trace_examples import example_header, example_row

from p2pbo import open_trace
from p2pbo.trace import TraceWriter
from p2pbo.trace.reading.following import follow
from p2pbo.trace.reading.status import UNCERTAIN

PERIOD = 0.01


@pytest.fixture
def writer(tmp_path):
    return TraceWriter(tmp_path / "run.h5", example_header())


@pytest.fixture
def path(writer, tmp_path):
    """A trace of two rows that is being written."""
    writer.append(example_row(0))
    writer.append(example_row(10))
    return tmp_path / "run.h5"


def steps(looks):
    return [row.step for look in looks for row in look.rows]


def test_every_row_is_seen_once_until_the_end(writer, path):
    def go_on():
        for step in (20, 30, 40):
            time.sleep(5 * PERIOD)
            writer.append(example_row(step))
        writer.close("completed")

    thread = threading.Thread(target=go_on)
    thread.start()
    looks = list(follow(open_trace(path), PERIOD, patience=0))
    thread.join()
    assert steps(looks) == [0, 10, 20, 30, 40]
    assert {look.status for look in looks[:-1]} == {"running"}
    assert looks[-1].status == "completed"
    assert looks[0].rows[1].metrics == example_row(10).metrics


def test_silence_is_counted_while_a_run_goes_on(writer, path):
    looks = follow(open_trace(path), PERIOD, patience=0)
    silences = [next(looks).silence for _ in range(4)]
    assert silences[0] == 0
    assert silences == sorted(silences)
    assert silences[-1] >= 3 * PERIOD
    writer.append(example_row(20))
    assert next(looks).silence == 0
    writer.close("completed")


def test_a_dead_run_is_not_followed(tmp_path):
    path = tmp_path / "run.h5"
    command = [sys.executable, trace_examples.__file__, path, "1"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"flushed\n"
        process.kill()
    (look,) = follow(open_trace(path), PERIOD, patience=3600)
    assert (look.status, len(look.rows)) == ("interrupted", 1)


def test_where_nobody_can_tell_patience_ends(writer, path):
    writer._release()  # which leaves nothing that could tell
    looks = list(follow(open_trace(path), PERIOD, patience=5 * PERIOD))
    assert looks[-1].silence >= 5 * PERIOD > looks[-2].silence
    assert {look.status for look in looks} == {UNCERTAIN}


def test_rows_that_a_resumed_run_makes_anew_are_seen_anew(writer, path):
    looks = follow(open_trace(path), PERIOD, patience=0)
    assert steps([next(looks)]) == [0, 10]
    writer.close("stopped")
    again = TraceWriter.resume(path, 0)
    assert steps([next(looks)]) == []
    again.append(example_row(10))
    assert steps([next(looks)]) == [10]
    again.close("completed")
