"""Every example runs as a script, without a warning, and shows what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
NUMBER = r"(-?\d+\.\d+(?:e-\d+)?)"


@pytest.fixture
def script(tmp_path):
    """Run an example; returns what it prints. What it writes goes to ``tmp_path``."""
    alone = {**os.environ, "MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1", "TMPDIR": str(tmp_path)}

    def run(name):
        command = [sys.executable, "-W", "error", EXAMPLES / f"{name}.py"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=alone, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def figures(pattern, printed):
    """The numbers that ``pattern`` finds, a row for each of its matches."""
    return np.array(re.findall(pattern, printed), dtype=float)


def ended(path, name):
    with h5py.File(path) as file:
        return file[name][-1]


def test_every_example_is_tested():
    tested = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert {path.stem for path in EXAMPLES.glob("*.py")} <= tested


def test_one_trace(script, tmp_path):
    printed = script("one_trace")
    assert "31 logged steps, completed" in printed
    assert "the nodes' x at the end: (8, 10)" in printed
    assert len(list(tmp_path.glob("*/consensus.png"))) == 1


def test_many_traces(script, tmp_path):
    printed = script("many_traces")
    (folder,) = tmp_path.glob("p2pbo-*")
    (mean, error, count), *_ = figures(rf"ring +none +{NUMBER} +{NUMBER} +(\d+)", printed)
    norms = [ended(path, "hypergradient_norm") for path in folder.glob("ring-none-*.h5")]
    assert count == len(norms) == 3
    assert mean == pytest.approx(np.mean(norms), abs=1e-6)
    assert error == pytest.approx(np.std(norms, ddof=1) / np.sqrt(3), abs=1e-6)
    (consensus,) = figures(rf"complete +{NUMBER}", printed)[:1]
    off = [ended(path, "consensus_x") for path in folder.glob("complete-*.h5")]
    assert consensus == pytest.approx(np.mean(off), abs=1e-6)
    assert (folder / "means.png").exists()


def test_own_problem(script):
    printed = script("own_problem")
    ((before, after),) = figures(rf"validation loss {NUMBER} → {NUMBER}", printed)
    assert after < before / 3
    matters, matters_not = (np.fromstring(row, sep=" ") for row in re.findall(r"\[(.*?)\]", printed))
    assert len(matters) == len(matters_not) == 4
    assert matters.max() < matters_not.min()


def test_own_topology(script):
    printed = script("own_topology")
    W = np.array([[0.6, 0.2, 0, 0.2], [0.2, 0.6, 0.2, 0], [0, 0.2, 0.6, 0.2], [0.2, 0, 0.2, 0.6]])
    gap = 1 - np.sort(np.abs(np.linalg.eigvalsh(W)))[-2]
    assert f"matrix: 4 nodes, spectral gap {gap:.3f}" in printed
    assert re.search(r"^offices: 4 nodes, spectral gap 0\.500", printed, re.MULTILINE)
    assert re.search(r"^ladder:3: 14 nodes", printed, re.MULTILINE)


def test_own_codec(script):
    found = dict(
        zip(
            ("none", "int8", "sign"),
            figures(rf": {NUMBER} kB sent by a node, .* = {NUMBER}", script("own_codec")),
            strict=True,
        )
    )
    entries, rows = 10 + 8 + 8, 3 * 2 * 300  # x, y and z to two neighbours, 300 times
    assert found["none"][0] == pytest.approx(entries * 8 * 2 * 300 / 1e3)
    assert found["int8"][0] == pytest.approx((entries * 2 * 300 + 8 * rows) / 1e3)
    assert found["int8"][1] == pytest.approx(found["none"][1], rel=0.1)


def test_own_method(script):
    printed = script("own_method")
    rounds, norms, messages = figures(rf"(\d+) rounds a step: .* = {NUMBER}, (\d+) messages", printed).T
    assert rounds.tolist() == [1, 2, 4]
    assert messages.tolist() == (2 * 500 * rounds).tolist()
    assert np.all(norms[1:] < norms[:-1] / 1.5)


def test_unequal_nodes(script):
    printed = script("unequal_nodes")
    ((before, after),) = figures(rf"validation loss {NUMBER} → {NUMBER}", printed)
    assert after < 0.8 * before
    for what, shares in (("computes", [1.0, 0.5, 0.25]), ("sends", [1.0, 0.5, 0.25])):
        (found,) = re.findall(rf"a node {what}, .*: \[(.*)\]", printed)
        np.testing.assert_allclose(np.array(found.split(), dtype=float)[:3], shares, atol=0.02)
    assert "trained by 2 nodes or more" in printed
