"""Every example runs as a script, without a warning, and shows what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from extensions.gallery import ORDER, gallery_page

pytestmark = pytest.mark.pages
EXAMPLES = Path(__file__).parents[1] / "examples"
NUMBER = r"(-?\d+\.\d+(?:e-\d+)?)"


@pytest.fixture
def script(tmp_path):
    """Run an example; returns what it prints. What it writes goes to ``tmp_path``."""
    alone = {**os.environ, "MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1", "TMPDIR": str(tmp_path)}

    def run(name):
        command = [sys.executable, "-W", "error", EXAMPLES / f"{name}.py"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=alone, cwd=tmp_path)
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


def test_the_gallery_shows_every_example():
    assert sorted(ORDER) == sorted(path.stem for path in EXAMPLES.glob("*.py"))


def test_links_to_examples_lead_to_their_pages():
    links = ["../../examples/own_codec.py", "../examples/", "../../tools/bench_step.py", "plots.md"]
    assert [gallery_page(link) for link in links] == ["/gallery/own_codec", "/gallery/index", None, None]


def test_first_plot(script):
    ((before, after, accuracy),) = figures(
        rf"loss {NUMBER} → {NUMBER}, test accuracy {NUMBER}", script("first_plot")
    )
    assert before == pytest.approx(np.log(2), abs=1e-3)  # y = 0
    assert after < before / 2 + 0.01
    assert 0.83 < accuracy < 0.86


def test_one_trace(script):
    printed = script("one_trace")
    assert "31 logged steps, completed" in printed
    assert "the nodes' x at the end: (8, 10)" in printed


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


def test_own_problem(script):
    printed = script("own_problem")
    ((before, after),) = figures(rf"validation loss {NUMBER} → {NUMBER}", printed)
    assert after < before / 3
    matters, matters_not = (np.fromstring(row, sep=" ") for row in re.findall(r"\[(.*?)\]", printed))
    assert len(matters) == len(matters_not) == 4
    assert matters.max() < matters_not.min()


def test_own_lower_level(script):
    printed = script("own_lower_level")
    (own, shared) = figures(rf"validation loss {NUMBER} → {NUMBER}, {NUMBER} MB", printed)
    assert own[1] < 4 < shared[1]
    assert own[2] == pytest.approx(
        600 * 2 * 2 * 8 * 8 / 1e6, abs=0.005
    )  # x and its tracker to two neighbours
    assert shared[2] == pytest.approx(3 * own[2], abs=0.02)
    matters, matters_not = (np.fromstring(row, sep=" ") for row in re.findall(r"\[(.*?)\]", printed))
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


def test_floors(script):
    printed = script("floors")
    mdbo, soba, sparkle = figures(r"= (\d\.\d+e[-+]\d+)", printed)
    assert sparkle < 1e-7 < 0.03 < soba < mdbo / 3


def test_hyper_cleaning(script):
    (area,) = figures(rf"{NUMBER} of all pairs", script("hyper_cleaning"))
    assert area > 0.95


def test_few_shot(script):
    ((before, after),) = figures(rf"{NUMBER} → {NUMBER}", script("few_shot"))
    assert 0.2 < before < after - 0.08


def test_link_design(script):
    printed = script("link_design")
    homes, centres = (
        dict(re.findall(rf"^{where}.*, (\w+): ([\d.]+) s$", printed, re.MULTILINE))
        for where in ("homes", "data")
    )
    assert sorted(homes, key=lambda name: float(homes[name])) == ["ring", "torus", "exponential", "complete"]
    assert max(centres, key=lambda name: float(centres[name])) == "ring"
    # 31 messages of x, y and z go through a card of 125,000 bytes a second; each step is no less than that
    assert float(homes["complete"]) > 31 * 260 * 8 / 1.25e5 * 100


def test_asynchronous_nodes(script):
    printed = script("asynchronous_nodes")
    equal, slow = figures(r": (\d+\.\d) s to", printed).reshape(2, 2)
    assert equal[0] / 1.5 < equal[1] < 1.5 * equal[0]
    assert slow[0] == pytest.approx(equal[0] * 102 / 12, abs=0.5)  # two exchanges of 1 ms beside 100 or 10 ms
    assert slow[1] < min(slow[0] / 3, 3 * equal[1])
    (steps,) = re.findall(r"node: \[(.*)\]", printed)
    first, *others = map(int, steps.split())
    assert 9.5 * first < min(others)


def test_directed_graphs(script):
    printed = script("directed_graphs")
    longer, shorter, exact = figures(rf"x = {NUMBER}", printed).ravel()
    R = np.eye(8) + np.roll(np.eye(8), 1, 0) + np.roll(np.eye(8), -1, 0)  # a row for each node that hears
    R[:, 0] = 1
    R /= R.sum(1, keepdims=True)
    by_shares = 8 * np.linalg.matrix_power(R, 1000)[0, 0]
    assert f"8 π_0 = {by_shares:.3f}" in printed
    assert abs(shorter - by_shares) < 0.6 * abs(longer - by_shares) < 0.02
    assert exact == 1


def test_compression(script):
    found = {
        (algorithm, codec): (int(steps), float(norm))
        for algorithm, codec, steps, norm in re.findall(
            rf"(.*soba), (.*): (\d+) steps, .* = {NUMBER}", script("compression")
        )
    }
    assert found["d-soba", "none"][0] == 3e5 // (260 * 8 * 2)  # x, y and z to two neighbours
    norm = {run: norm for run, (_, norm) in found.items()}
    assert (
        norm["ef-soba", "sign"]
        < norm["ef-soba", "qsgd:4"]
        < norm["ef-soba", "topk:0.1"]
        < norm["ef-soba", "none"]
    )
    assert all(norm["ef-soba", codec] < norm["d-soba", codec] for codec in ("sign", "qsgd:4", "topk:0.1"))
