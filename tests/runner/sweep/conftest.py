"""A folder of a complete sweep, and processes that hold locks."""

import subprocess
import sys

import pytest
from sweeping import sweep, swept

HOLD = """
import fcntl, sys, time
file = open(sys.argv[1], "ab")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(1000)
"""


@pytest.fixture
def done(tmp_path):
    """A complete sweep of two seeds."""
    folder = tmp_path / "sweep"
    swept(folder, sweep(seed=[0, 1]))
    return folder


@pytest.fixture
def hold():
    """Another process that holds a lock until it is killed."""
    held = []

    def start(path):
        process = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
        held.append(process)
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in held:
        process.kill()
        process.communicate()
