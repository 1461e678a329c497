import subprocess
import sys
from pathlib import Path

import pytest

KILLING = Path(__file__).with_name("killing.py")


@pytest.mark.parametrize("what", ["trace", "checkpoint"])
def test_what_was_told_outlives_kills_at_random_instants(tmp_path, what):
    command = [sys.executable, str(KILLING), what, str(tmp_path), "20"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.removeprefix("survived ")) > 0
