"""A problem given as a Python object, by a script that knows nothing of MPI."""

from pathlib import Path

import numpy as np
import pytest
import user_script

import p2pbo

SCRIPT = Path(user_script.__file__)


@pytest.fixture(scope="module")
def trace():
    return user_script.run()


def test_it_runs_in_process(trace):
    assert trace.final.x.shape == (4, 3)
    assert np.abs(trace.final.y).min() > 0
    assert trace.values("upper_loss")[-1] < trace.values("upper_loss")[0]


def test_it_runs_on_ranks_and_only_the_first_gets_the_trace(either_build, trace, tmp_path):
    out = tmp_path / "run.h5"
    finished = either_build.start(2, SCRIPT, out)
    assert (finished.code, finished.err) == (0, "")
    assert sorted(finished.out.split("\n")) == ["", "trace: 2", "trace: None"]
    final = p2pbo.open_trace(out).final
    np.testing.assert_allclose(final.x, trace.final.x, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(final.y, trace.final.y, rtol=1e-12, atol=1e-14)


def test_the_problem_says_how_many_nodes_there_are():
    with pytest.raises(p2pbo.InputError, match="--nodes 5 differs from the problem's 4 nodes"):
        user_script.run(nodes=5)
