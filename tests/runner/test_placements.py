"""The central promise: the same run gives the same iterates and counts for every number of ranks."""

import sys
from pathlib import Path

import mpi
import numpy as np
import placements
import pytest

SIZES = (6, 8)
PROGRAM = Path(placements.__file__)
TOLERANCE = {np.dtype(np.float64): 1e-12, np.dtype(np.float32): 3e-6}


@pytest.fixture(scope="module")
def in_process(tmp_path_factory):
    folder = tmp_path_factory.mktemp("in-process")
    placements.run_all(folder, SIZES)
    return folder


@pytest.mark.parametrize("ranks", [1, 2, 3, 4, 6, 8])
def test_any_number_of_ranks_gives_the_same_run(build, ranks, in_process, tmp_path):
    sizes = [nodes for nodes in SIZES if nodes >= ranks]
    build.program(ranks, PROGRAM, tmp_path, *sizes, timeout=240)
    expected = [name for nodes in sizes for name, _ in placements.runs(nodes)]
    assert sorted(trace.stem for trace in tmp_path.iterdir()) == sorted(expected)
    for name in expected:
        agree(in_process / f"{name}.h5", tmp_path / f"{name}.h5")


def agree(here, there):
    for name, values in placements.read(here, placements.final_state).items():
        other = placements.read(there, placements.final_state)[name]
        assert other.dtype == values.dtype
        assert np.isfinite(values).all()
        error = np.abs(other - values).max() / np.abs(values).max()
        assert error <= TOLERANCE[values.dtype], f"{there.stem}: {name} differs by {error:.1e}"
    for name, values in placements.read(here, placements.counts).items():
        np.testing.assert_array_equal(placements.read(there, placements.counts)[name], values, there.stem)


def test_the_runs_differ_from_each_other(in_process):
    """Else agreement would show nothing."""
    states = [
        placements.read(path, placements.final_state)["final_y"] for path in sorted(in_process.iterdir())
    ]
    means = {round(float(np.abs(state).sum()), 9) for state in states}
    assert len(means) == len(states)


def test_thirty_two_ranks(first_build, tmp_path):
    """Many more ranks than cores; one build, because starting so many takes a while."""
    run = ["-m", "p2pbo", "run", "--problem=quadratic", "--nodes=32", "--steps=3", "--log-every=3", "--quiet"]
    here, there = tmp_path / "1.h5", tmp_path / "32.h5"
    assert mpi.finish([sys.executable, *run, "--out", here]).code == 0
    finished = first_build.start(32, *run, "--out", there, timeout=150)
    assert (finished.code, finished.own_lines) == (0, []), finished.err
    agree(here, there)
