"""Digests of small runs: the same twice, others where a number or a text is another."""

import json
import subprocess
import sys
from pathlib import Path

TOOL = Path(__file__).parents[2] / "tools" / "compare_states.py"


def tool(*arguments):
    command = [sys.executable, TOOL, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def written(path):
    done = tool("write", path, "--only", "quadratic sparkle-ed float32", "--ranks", "1")
    assert done.returncode == 0, done.stderr
    return json.loads(path.read_text(encoding="utf-8"))


def test_what_differs_is_told(tmp_path):
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    runs = written(old)
    assert written(new) == runs
    same = tool("compare", old, new)
    assert (same.returncode, same.stdout) == (0, "2 of 2 runs are equal; 0 are new\n")
    exact, refused = sorted(runs)
    assert {"final_x", "final_y", "final_z", "bytes_sent", "upper_loss"} < runs[exact].keys()
    assert not any(name.endswith("_time") for name in runs[exact])
    assert "needs W itself" in runs[refused]["refused"]
    runs[exact]["final_y"] = "0" * 16
    runs[refused] = {"refused": "another text"}
    new.write_text(json.dumps(runs | {"1 another": {}}), encoding="utf-8")
    other = tool("compare", old, new)
    assert other.returncode == 1
    told = [f"{exact}: final_y", f"{refused}: refused", "0 of 2 runs are equal; 1 are new"]
    assert other.stdout.splitlines() == told


def test_a_run_that_is_gone_or_says_more_differs(tmp_path):
    paths = [tmp_path / "old.json", tmp_path / "new.json"]
    before = {"1 a": {"final_x": "0" * 16}, "1 b": {"final_x": "1" * 16}}
    after = {"1 a": {"final_x": "0" * 16, "notice 0": "mind this", "another_figure": "2" * 16}}
    for path, runs in zip(paths, (before, after), strict=True):
        path.write_text(json.dumps(runs), encoding="utf-8")
    told = tool("compare", *paths)
    assert told.returncode == 1
    assert told.stdout.splitlines()[:2] == ["1 a: notice 0", "1 b: gone"]
