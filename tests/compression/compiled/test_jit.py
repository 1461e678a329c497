"""Compiled code is kept on disk: one process compiles a loop for all of a machine, and a bad file does no harm."""

import os
import subprocess
import sys

import pytest

pytest.importorskip("numba")

LOOP = """
from numba import types
from p2pbo.compression.compiled.jit import compiled

@compiled(types.int64(types.int64), "constant")
def triangle(n):
    total = 0
    for i in range(n):
        total += i
    return total
"""
USE = """
from loop import triangle
print(triangle(10), sum(triangle.stats.cache_hits.values()))
"""


@pytest.fixture
def start(tmp_path):
    """Start fresh processes, which share a folder for compiled code; ``kept()`` is what lies there."""
    (tmp_path / "loop.py").write_text(LOOP)
    cache = tmp_path / "cache"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "NUMBA_CACHE_DIR": str(cache)}

    def started(before=""):
        return subprocess.Popen(
            [sys.executable, "-c", before + USE], env=environment, stdout=subprocess.PIPE, text=True
        )

    started.kept = lambda: sorted(cache.rglob("*.nb*"))
    return started


def said(process):
    """The sum that a process has found, and how many loops it has loaded."""
    out, _ = process.communicate(timeout=300)
    assert process.returncode == 0
    return tuple(map(int, out.split()))


def test_of_processes_that_start_together_one_compiles(start):
    together = [start() for _ in range(3)]
    assert sorted(map(said, together)) == [(45, 0), (45, 1), (45, 1)]


def test_a_damaged_cache_is_of_no_harm(start):
    assert said(start()) == (45, 0)
    kept = start.kept()
    assert len(kept) == 2
    for path in kept:
        path.write_bytes(path.read_bytes()[:100])
    assert said(start())[0] == 45


@pytest.mark.parametrize(
    "failing",
    ["caching.CacheImpl._locator_classes = []", "caching.IndexDataCacheFile.save = full"],
    ids=["no folder", "full disk"],
)
def test_where_nothing_can_be_kept_loops_are_compiled_anew(failing, start):
    broken = f"""
import numba.core.caching as caching
def full(*_): raise OSError(28, "No space left on device")
{failing}
"""
    assert said(start(broken)) == (45, 0)
    assert not start.kept()
