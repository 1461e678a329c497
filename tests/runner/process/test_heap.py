"""Memory that is freed serves the next wide rows, within a run and only there."""

import platform
import resource

import numpy as np
import pytest

from p2pbo.runner.process.heap import retained_heap

ENTRIES = 6 * 10**6


def new_pages(sums):
    """Count the pages that the system gives this process for sums of two rows of 48 MB."""
    a, b = np.ones((2, ENTRIES))
    a + b
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(sums):
        a + b
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_a_sum_of_wide_rows_gets_no_new_pages_within_and_gets_them_afterwards():
    with retained_heap():
        within = new_pages(5)
    assert new_pages(5) > 10 * within  # a page may be 4 kB or 2 MB
