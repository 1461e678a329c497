"""The central promise: the same run gives the same iterates and counts for every number of ranks."""

import sys
from pathlib import Path

import mpi
import numpy as np
import placements
import pytest
from agreement import agree

NODES = {1: 8, 2: 6, 3: 8, 6: 6, 8: 8}
"""How many nodes so many ranks host: equal blocks, unequal ones, one each, all."""
EVERY = {1: 8, 2: 1, 3: 1, 6: 8, 8: 8}
"""Of the runs so many ranks do every so many-th: of each network once all, and some in other blocks."""
PROGRAM = Path(placements.__file__)


@pytest.fixture(scope="module")
def in_process(tmp_path_factory):
    folder = tmp_path_factory.mktemp("in-process")
    placements.run_all(folder, set(NODES.values()))
    return folder


@pytest.mark.parametrize("ranks", NODES)
def test_any_number_of_ranks_gives_the_same_runs(either_build, ranks, in_process, tmp_path):
    either_build.program(ranks, PROGRAM, tmp_path, NODES[ranks], EVERY[ranks])
    expected = [name for name, _ in placements.every(EVERY[ranks], NODES[ranks])]
    assert sorted(trace.stem for trace in tmp_path.iterdir()) == sorted(expected)
    for name in expected:
        agree(in_process / f"{name}.h5", tmp_path / f"{name}.h5")
        if name.startswith("ring "):
            check_crossings_of_a_ring(tmp_path / f"{name}.h5", ranks)


def check_crossings_of_a_ring(path, ranks):
    """Every rank sends its first row to one side and its last to the other: to one peer where there are two ranks."""
    rows, messages = (0, 0) if ranks == 1 else (2 * ranks, 2 if ranks == 2 else 2 * ranks)
    counts = placements.read(path, placements.counts)
    expected = rows * counts["edge_bytes"][0], messages * counts["edge_messages"][0]
    assert placements.read(path, placements.crossings) == expected


def test_the_runs_differ_from_each_other(in_process):
    """Else agreement would show nothing; D-SOBA by differences means to be D-SOBA."""
    traces = sorted(trace for trace in in_process.iterdir() if "d-soba-fo" not in trace.stem)
    sums = [np.abs(placements.read(trace, placements.reals)["final_y"]).sum() for trace in traces]
    assert len({round(float(total), 9) for total in sums}) == len(traces)


def test_many_more_ranks_than_cores(first_build, tmp_path):
    run = ["-m", "p2pbo", "run", "--problem=quadratic", "--nodes=16", "--steps=3", "--log-every=3", "--quiet"]
    here, there = tmp_path / "1.h5", tmp_path / "16.h5"
    assert mpi.finish([sys.executable, *run, "--out", here]).code == 0
    finished = first_build.start(16, *run, "--out", there)
    assert (finished.code, finished.own_lines) == (0, []), finished.err
    agree(here, there)
