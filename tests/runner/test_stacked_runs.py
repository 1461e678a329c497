"""Whether nodes share a graph changes the rounding of a run and nothing else, and is the same on all ranks."""

from pathlib import Path

import numpy as np
import pytest
import stacked_runs
from agreement import agree
from stacked_runs import LIMITS, RUNS, run

import p2pbo


@pytest.fixture(scope="module")
def in_process(tmp_path_factory):
    folder = tmp_path_factory.mktemp("in-process")
    for name in RUNS:
        run(name, out=folder / f"{name}.h5")
    return folder


def test_ranks_give_the_same_runs(either_build, in_process, tmp_path):
    either_build.program(3, Path(stacked_runs.__file__), tmp_path, timeout=240)
    for name in RUNS:
        agree(in_process / f"{name}.h5", tmp_path / f"{name}.h5")
        limit = LIMITS[name.split()[0]]
        for folder in (in_process, tmp_path):
            assert p2pbo.open_trace(folder / f"{name}.h5").attributes["stacking_limit"] == limit


@pytest.mark.parametrize("kind", ["drawn", "float32"])
def test_both_ways_are_the_same_to_rounding_and_differ_in_bits(kind, in_process):
    stacked, looped = (in_process / f"{limit} {kind}.h5" for limit in ("stacked", "looped"))
    agree(stacked, looped)
    assert not np.array_equal(p2pbo.open_trace(stacked).final.y, p2pbo.open_trace(looped).final.y)


def test_closed_forms_have_no_limit():
    trace = p2pbo.run(problem="quadratic", nodes=3, steps=1)
    assert "stacking_limit" not in trace.attributes
