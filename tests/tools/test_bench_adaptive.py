"""The comparison of adaptive steps with tuned ones, with two trials; the quadratic problem that it scales."""

import json
import subprocess
import sys
from pathlib import Path

import bench_adaptive
import numpy as np
import pytest
from scaled_quadratic import scaled_quadratic

from p2pbo.problems import PROBLEMS, ProblemContext

TOOL = Path(bench_adaptive.__file__)
NODES = 3


def lines_of(folder, *more):
    command = [sys.executable, TOOL, folder, "--trials", "2", "--case", "f times 10", *more]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def test_a_case_is_compared_once(tmp_path):
    table = tmp_path / "table.md"
    first = lines_of(tmp_path, "--markdown", table)
    found = json.loads((tmp_path / "report.json").read_text())["f times 10"]
    assert found["target"] == found["start"] - 0.99 * (found["start"] - found["end"])
    for name in ("tuned", "c_x = 1", "c_x = 0.3"):
        assert (found[name]["steps"] is None) == (found[name]["end"] > found["target"])
        assert found[name]["begun_again_at"] == []
    assert lines_of(tmp_path) == table.read_text().splitlines() == first[-3:]  # nothing is run again


def test_what_is_not_reached_diverges_or_begins_again_is_said():
    ends = {"begun_again_at": [], "end": 0.5, "steps": None}
    runs = {"tuned": {**ends, "steps": 20}, "c_x = 1": {**ends, "begun_again_at": [10]}}
    runs |= {"c_x = 0.3": {"diverged": True, "steps": None}, "c_x = 0.1": {**ends, "steps": 30}}
    found = {"start": 1.0, "target": 0.1, **runs}
    (*_, row) = bench_adaptive.table({"a": found}).splitlines()
    assert row == "| a | 1 | 0.1 | 20 | never, ends at 0.5, begun again: 1 | **diverged** | 30 |"


@pytest.mark.parametrize(("f", "g"), [(1.0, 1.0), (10.0, 1.0), (1.0, 0.01)])
def test_the_scaled_problem_is_the_quadratic_one_times_two_numbers(f, g):
    context, rows = ProblemContext(NODES, 0), range(NODES)
    plain, scaled = PROBLEMS.make("quadratic", context), scaled_quadratic(context, f=f, g=g)
    X, Y = (np.random.default_rng(0).standard_normal((NODES, size)) for size in (10, 8))
    here, there = (problem.host(rows, np.dtype(float)) for problem in (plain, scaled))
    for name, factor in (("upper", f), ("lower_gradients", g)):
        for found, expected in zip(
            getattr(there, name)(X, Y, None), getattr(here, name)(X, Y, None), strict=True
        ):
            np.testing.assert_allclose(found, factor * expected, rtol=1e-12, atol=1e-13)
    for found, expected, factor in zip(there.losses(X, Y), here.losses(X, Y), (f, g), strict=True):
        np.testing.assert_allclose(found, factor * expected, rtol=1e-12)
    x = X.mean(0)
    found, expected = scaled.exact(x), plain.exact(x)
    np.testing.assert_allclose(found.hypergradient, f * expected.hypergradient, rtol=1e-12)
    np.testing.assert_allclose(found.y, expected.y, rtol=1e-12)


def test_it_has_the_curvature_that_is_asked_for():
    problem = scaled_quadratic(ProblemContext(NODES, 0), least=0.01, most=1.0)
    for node in problem.nodes:
        np.testing.assert_allclose(np.linalg.eigvalsh(node.lower["A"][0])[[0, -1]], [0.01, 1.0], rtol=1e-10)
