"""A callback is called with each logged row on rank 0; when it returns true, all ranks end with that row."""

from pathlib import Path

import mpi
import numpy as np
import pytest

import p2pbo

PROGRAM = Path(__file__).parents[1] / "stopping_early.py"


def run(callback, **given):
    return p2pbo.run(
        problem="quadratic", nodes=5, steps=40, log_every=3, exact="off", callback=callback, **given
    )


def test_it_is_called_with_each_logged_row():
    rows = []
    trace = run(rows.append)
    assert (trace.status, trace.ended_by) == ("completed", "steps")
    assert [row.step for row in rows] == trace.values("step").tolist() == [*range(0, 40, 3), 40]
    assert [row.metrics["upper_loss"] for row in rows] == trace.values("upper_loss").tolist()
    np.testing.assert_array_equal(
        [row.node_metrics["bytes_sent"] for row in rows], trace.values("bytes_sent")
    )


@pytest.mark.parametrize("step", [0, 6, 40])
def test_the_run_ends_with_the_row_at_which_it_returns_true(step):
    whole, ended = run(lambda row: None), run(lambda row: row.step == step)
    assert (ended.status, ended.ended_by, ended.last.step) == ("completed", "callback", step)
    assert ended.values("upper_loss").tolist() == whole.values("upper_loss").tolist()[: ended.rows]
    if step == 40:
        np.testing.assert_array_equal(ended.final.x, whole.final.x)


def test_its_error_ends_the_run(tmp_path):
    def fail(row):
        raise RuntimeError(f"step {row.step}")

    with pytest.raises(RuntimeError, match="step 0"):
        run(fail, out=tmp_path / "run.h5")
    trace = p2pbo.open_trace(tmp_path / "run.h5")
    assert (trace.status, trace.rows, trace.ended_by) == ("failed: RuntimeError: step 0", 1, None)


def test_a_run_that_it_has_ended_can_be_given_more_steps(tmp_path):
    out = tmp_path / "run.h5"
    run(lambda row: row.step == 6, out=out, checkpoint_every=100)
    assert run(None, out=out, checkpoint_every=100, resume=True).last.step == 6  # it is done
    trace = p2pbo.run(problem="quadratic", nodes=5, steps=41, log_every=3, exact="off", out=out, resume=True)
    assert (trace.last.step, trace.ended_by) == (41, "steps")


def test_all_ranks_end_with_the_same_row_and_with_its_error(either_build, tmp_path):
    finished = either_build.start(4, PROGRAM, "end_early", tmp_path / "run", timeout=120)
    assert finished.out.count("ok") == 4, finished.err
    assert finished.code == 1
    assert "ZeroDivisionError" in finished.err


def test_ranks_that_may_die_end_too(build, tmp_path):
    if build.name != "openmpi":
        pytest.skip(f"{build.name} ends the whole job when a rank dies")
    launcher = [build.mpiexec, "--with-ft", "ulfm", "-n", 3, build.python]
    finished = mpi.finish([*launcher, PROGRAM, "survive", tmp_path / "run.h5"], timeout=120)
    assert (finished.code, finished.out.count("ok")) == (0, 3), finished.err
