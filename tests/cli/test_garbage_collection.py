"""What the garbage collector does while commands are imported."""

import gc
import subprocess
import sys

import pytest

from p2pbo.cli.garbage_collection import collection_paused

COMMAND = """
import gc, sys, p2pbo.cli
passes = []
def note(phase, of):
    if phase == "start" and "p2pbo.runner.execution" not in sys.modules and "p2pbo.cli.app" in sys.modules:
        passes.append("p2pbo.cli.commands.run" in sys.modules)
gc.callbacks.append(note)
sys.argv = ["p2pbo", "run", "--help"]
try: p2pbo.cli.main()
except SystemExit: print(any(passes), gc.isenabled(), gc.get_freeze_count() > 10_000, file=sys.stderr)
"""
"""Says whether garbage was collected while the command's module was imported, and what is left of the pause."""


@pytest.fixture(autouse=True)
def collector_as_before():
    yield
    gc.enable()


def test_nothing_is_collected_while_a_command_is_imported():
    done = subprocess.run([sys.executable, "-c", COMMAND], capture_output=True, text=True, check=True)
    assert done.stderr.split() == ["False", "True", "True"]


def test_the_collector_runs_again_after_an_error():
    with pytest.raises(ImportError), collection_paused():
        assert not gc.isenabled()
        raise ImportError
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off():
    gc.disable()
    with collection_paused():
        pass
    assert not gc.isenabled()


def test_objects_are_set_aside_once():
    with collection_paused():
        pass
    frozen = gc.get_freeze_count()
    kept = [[] for _ in range(1000)]
    with collection_paused():
        pass
    assert frozen and gc.get_freeze_count() <= frozen and len(kept) == 1000
