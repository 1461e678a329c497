"""Runs on file systems without locks, such as Lustre without -o flock or NFS without its lock daemon."""

import sys
from pathlib import Path

import mpi
import pytest
from without_locks import FLOCK

from p2pbo import open_trace

PROGRAM = Path(__file__).with_name("without_locks.py")
RUN = ("run", "--problem=quadratic", "--nodes=3", "--checkpoint-every=2", "--quiet", "--out=run.h5")

pytestmark = pytest.mark.skipif(FLOCK is None, reason="the number of flock is not known here")


def said(folder, *arguments):
    return mpi.finish([sys.executable, "-W", "default", PROGRAM, *arguments], cwd=folder)


@pytest.mark.parametrize("error", ["ENOLCK", "ENOSYS", "EOPNOTSUPP"])
def test_a_run_warns_once_and_goes_on_without(tmp_path, error, monkeypatch):
    monkeypatch.setenv("HDF5_USE_FILE_LOCKING", "TRUE")
    for arguments in ((*RUN, "--steps=5"), (*RUN, "--steps=8", "--resume")):
        finished = said(tmp_path, error, *arguments)
        (line,) = finished.own_lines
        assert (finished.code, finished.err.count("\n")) == (0, 1)
        assert line.startswith(f"p2pbo: warning: {tmp_path} is on a file system without locks (")
    shown = said(tmp_path, error, "show", "run.h5")
    assert (shown.code, shown.err) == (0, "")
    assert open_trace(tmp_path / "run.h5").status == "completed"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.ckpt", "run.h5", "run.previous.ckpt"]
