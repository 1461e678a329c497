"""The benchmark of tuning, with two trials against a grid of four points."""

import json
import sys

import bench_tuning


def test_a_method_is_tuned_and_gridded_and_a_second_call_runs_nothing(tmp_path, monkeypatch, capsys):
    sizes = ["--trials", "2", "--side", "2", "--steps", "10", "--method", "nc-soba"]
    monkeypatch.setattr(sys, "argv", ["bench_tuning", str(tmp_path), *sizes])
    bench_tuning.main()
    assert len(capsys.readouterr().out.splitlines()) == 2 + 4 + 1
    report = json.loads((tmp_path / "report.json").read_text())
    found = report["nc-soba"]
    assert found["share"] == (found["tuned"] - found["grid"]) / (found["start"] - found["grid"])
    assert (found["tuned_steps"], found["grid_steps"]) == (20, 40)
    bench_tuning.main()
    assert len(capsys.readouterr().out.splitlines()) == 1
    assert json.loads((tmp_path / "report.json").read_text()) == report
