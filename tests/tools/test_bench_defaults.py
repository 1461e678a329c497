"""The comparison of defaults with tuned step sizes: two methods, two trials each; what it marks."""

import json
import math
import sys

import bench_defaults

import p2pbo


def test_defaults_are_compared_once_and_refusals_are_said(tmp_path, monkeypatch, capsys):
    pairs = ["--trials", "2", "--problem", "quadratic", "--method", "nc-soba", "--method", "protonet"]
    monkeypatch.setattr(sys, "argv", ["bench_defaults", str(tmp_path), *pairs])
    bench_defaults.main()
    report = json.loads((tmp_path / "report.json").read_text())
    found = report["quadratic"]["nc-soba"]
    run = p2pbo.run(
        problem="quadratic", algorithm="nc-soba", nodes=8, steps=200, log_every=200, exact="on", out=None
    )
    assert found["default"] == run.values("hyper_objective")[-1]
    assert found["start"] == run.values("hyper_objective")[0]
    assert found["share"] == (found["start"] - found["default"]) / (found["start"] - found["tuned"])
    assert "prototypes" in report["quadratic"]["protonet"]["refused"]
    assert f"| nc-soba | {found['share']:.0%} |" in capsys.readouterr().out
    bench_defaults.main()
    assert "0000" not in capsys.readouterr().out  # nothing is run again


def test_a_method_for_lower_levels_of_each_nodes_own_gets_one():
    (method,) = bench_defaults.search_on("quadratic", "interact", 1).methods()
    assert [run.lower_level for run in method.runs({})] == ["local"]


def test_what_loses_more_than_two_thirds_or_diverges_is_marked():
    cells = {"a": {"default": 1.0, "share": 0.3}, "b": {"default": 1.0, "share": 0.4}}
    cells |= {"c": {"default": math.inf, "share": -math.inf}, "d": {"refused": "because"}}
    cells |= {"e": {"default": 2.0, "share": math.nan}}
    for cell in (cells["a"], cells["b"], cells["c"]):
        cell["settings"] = {"algorithm.alpha": 0.0123}
    lines = bench_defaults.table({"p": cells}).splitlines()
    assert lines[2:6] == ["| a | **30%** |", "| b | 40% |", "| c | **diverges** |", "| e | none |"]
    assert lines[7:] == ["- a on p: `algorithm.alpha=0.012`", "- c on p: `algorithm.alpha=0.012`"]
