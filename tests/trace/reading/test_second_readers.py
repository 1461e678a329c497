"""Readers beside a run that logs a row as often as it can: whoever reads finds whole rows, or is refused."""

import subprocess
import sys
from pathlib import Path

import pytest

BESIDE = Path(__file__).parents[1] / "reading_beside.py"


@pytest.mark.parametrize(("reader", "times"), [("p2pbo", 30), ("copies", 30), ("xarray", 3), ("h5py", 30)])
def test_no_row_is_torn(tmp_path, reader, times):
    command = [sys.executable, str(BESIDE), reader, str(tmp_path), str(times)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    whole, refused = map(int, done.stdout.split())
    assert whole == times
    assert refused == 0 or reader in ("xarray", "h5py")
