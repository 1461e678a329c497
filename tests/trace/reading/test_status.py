"""The status of a trace whose writer is there, gone, elsewhere, or out of sight."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time

import h5py
import pytest
import trace_examples
from command import said_to
from trace_examples import example_header, example_row

from p2pbo import InputError, open_trace, open_traces
from p2pbo.errors import Notice
from p2pbo.trace import TraceWriter
from p2pbo.trace.reading.multipart import part_path
from p2pbo.trace.reading.status import UNCERTAIN
from p2pbo.trace.storage.journal import journal_path


@pytest.fixture
def killed(tmp_path):
    """A trace whose writer was killed."""
    path = tmp_path / "run.h5"
    process = subprocess.Popen(
        [sys.executable, trace_examples.__file__, path, "1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout.readline() == b"flushed\n"
        assert open_trace(path).status == "running"
        process.send_signal(signal.SIGKILL)
    return path


def written(path):
    writer = TraceWriter(path, example_header())
    writer.append(example_row(0))
    return writer


def test_who_is_killed_was_interrupted_say_all_readers(killed):
    assert open_trace(killed).status == "interrupted"
    assert open_traces(killed).status.item() == "interrupted"
    assert "interrupted" in said_to("show", killed).out
    assert [trace["status"] for trace in json.loads(said_to("show", killed, "--json").out)] == ["interrupted"]
    page = killed.with_name("page.html")
    assert said_to("report", killed.parent, "--out", page).code == 0
    assert "interrupted" in page.read_text(encoding="utf-8")


def test_on_another_host_a_lock_that_cannot_be_seen_tells_nothing(killed):
    with h5py.File(killed, "r+") as file:
        file.attrs["host"] = "elsewhere"
    assert open_trace(killed).status == UNCERTAIN


def test_old_traces_do_not_say_on_which_host_they_were_written(killed):
    with h5py.File(killed, "r+") as file:
        del file.attrs["host"]
    assert open_trace(killed).status == UNCERTAIN


def test_a_copy_tells_nothing(tmp_path):
    writer = written(tmp_path / "run.h5")
    open_trace(tmp_path / "run.h5").save(tmp_path / "copy.h5")
    assert open_trace(tmp_path / "copy.h5").status == UNCERTAIN
    writer.close("completed")


def test_a_file_system_without_locks_tells_nothing(tmp_path, monkeypatch):
    def flock(*arguments):
        raise OSError("no locks")

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.warns(Notice, match="file system without locks"):
        writer = written(tmp_path / "run.h5")
    assert open_trace(tmp_path / "run.h5").status == UNCERTAIN
    writer.close("completed")
    assert open_trace(tmp_path / "run.h5").status == "completed"


def test_a_lock_that_is_seen_from_elsewhere_tells(tmp_path):
    writer = written(tmp_path / "run.h5")
    writer._file.attrs["host"] = "elsewhere"
    writer.append(example_row(1))
    assert open_trace(tmp_path / "run.h5").status == "running"
    writer.close("completed")


def test_who_goes_on_writes_again(killed):
    writer = TraceWriter.resume(killed, 0)
    assert open_trace(killed).status == "running"
    assert open_trace(killed).attributes["host"] == os.uname().nodename
    writer.close("completed")
    assert open_trace(killed).status == "completed"


def test_of_parts_the_last_is_asked(killed):
    writer = written(part_path(killed, 2))
    assert open_trace(killed).status == "running"
    writer._file.attrs["host"] = "elsewhere"
    writer.append(example_row(1))
    fcntl.flock(writer._storage._journal.descriptor, fcntl.LOCK_UN)
    assert open_trace(killed).status == UNCERTAIN  # whatever tells of the first


def test_a_look_does_not_keep_a_writer_out(killed):
    with journal_path(killed).open("rb") as journal:
        fcntl.flock(journal, fcntl.LOCK_SH)
        threading.Timer(0.05, lambda: fcntl.flock(journal, fcntl.LOCK_UN)).start()
        TraceWriter.resume(killed, 0).close("completed")
    began = time.monotonic()
    writer = written(killed.with_name("other.h5"))
    with pytest.raises(InputError, match="is being written by another process"):
        TraceWriter.resume(killed.with_name("other.h5"), 0)
    assert time.monotonic() - began < 5
    writer.close("completed")
