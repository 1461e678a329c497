"""Searches as Slurm job arrays: workers that share a folder."""

import re
import sys
from pathlib import Path

import pytest
from batch import run_script

from p2pbo import InputError
from p2pbo.runner.process import exit_codes
from p2pbo.runner.tuning.slurm import write_script


def test_an_array_of_workers(tmp_path):
    text = write_script(tmp_path, 6, 3, 2, "1-02:00:00").read_text()
    found = dict(re.findall(r"^#SBATCH --([a-z-]+)=(.*)$", text, re.MULTILINE))
    assert (found["array"], found["ntasks"], found["nodes"]) == ("0-5", "3", "1")
    assert (found["cpus-per-task"], found["time"]) == ("2", "1-02:00:00")
    assert f"p2pbo tune {tmp_path} -n 3 &" in text
    with pytest.raises(InputError, match="--time soon is no time for Slurm"):
        write_script(tmp_path, 6, None, 1, "soon")


@pytest.mark.parametrize(
    ("code", "queued"), [(0, False), (exit_codes.STOPPED, True), (exit_codes.CRASHED, False)]
)
def test_a_worker_tunes_and_is_queued_again_where_its_time_is_over(tmp_path, code, queued):
    folder, programs = tmp_path / "my study", tmp_path / "programs"
    folder.mkdir()
    programs.mkdir()
    p2pbo = programs / "p2pbo"
    p2pbo.write_text(f'#!/bin/bash\necho "$@"; exit {code}\n')
    p2pbo.chmod(0o755)
    script = write_script(folder, 1, None, 1, "10")
    script.write_text(script.read_text().replace(str(Path(sys.executable).parent), str(programs)))
    ended = run_script(script, tmp_path / "job", SLURM_ARRAY_JOB_ID="7", SLURM_ARRAY_TASK_ID="3")
    assert (ended.code, ended.out, ended.err) == (code, f"tune {folder}\n", "")
    assert ended.requests == ["requeue 7_3"] * queued
