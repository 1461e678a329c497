"""A process that has lost ranks ends the job as it ends itself, and starts no further run on them."""

import subprocess
import sys

import pytest

START = """
import os
import p2pbo
from p2pbo.runner.process.early_exit import check_nobody_lost, end_job_at_exit

check_nobody_lost()
end_job_at_exit(os._exit, [3, 1], first=True)
print("said before")
"""


def ended(*lines):
    return subprocess.run(
        [sys.executable, "-c", START + "\n".join(lines)], capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize(("last", "code"), [("", 0), ("raise ValueError('after the run')", 1)])
def test_the_job_has_the_exit_code_of_its_first_process(last, code):
    finished = ended(last)
    assert (finished.returncode, finished.stdout) == (code, "said before\n")
    assert finished.stderr.splitlines()[-1] == "p2pbo: the job is aborted at its end, without ranks 1, 3"


def test_ranks_that_have_lost_one_start_no_further_run():
    finished = ended("check_nobody_lost()")
    assert finished.returncode == 1
    assert "comm has lost ranks 1, 3 in an earlier run; start the ranks anew for each run" in finished.stderr
