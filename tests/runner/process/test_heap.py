"""Memory that is freed serves the next wide rows, within a run and only there."""

import platform
import subprocess
import sys

import pytest

COUNT = """
import ctypes, resource
import numpy as np
from p2pbo.runner.process.heap import retained_heap

PR_SET_THP_DISABLE = 41
assert ctypes.CDLL(None).prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) == 0

def new_pages(sums):
    a, b = np.ones((2, 6 * 10**6))
    a + b
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(sums):
        a + b
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

with retained_heap():
    within = new_pages(5)
print(within, new_pages(5))
"""
"""Counts the pages that the system gives for five sums of two rows of 48 MB, without huge pages, so that each has 4 kB.

In a process of its own: what a worker has run before decides where its free memory lies.
"""
PAGES_OF_A_SUM = 48 * 10**6 // 4096


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_a_sum_of_wide_rows_gets_no_new_pages_within_and_gets_them_afterwards():
    out = subprocess.run(
        [sys.executable, "-c", COUNT], capture_output=True, text=True, check=True, timeout=120
    ).stdout
    within, afterwards = map(int, out.split())
    assert within < PAGES_OF_A_SUM / 10
    assert afterwards >= 5 * PAGES_OF_A_SUM
