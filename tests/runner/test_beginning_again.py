"""Runs whose measured steps diverge begin again from their start with shorter ones, and say so."""

import warnings

import numpy as np
import pytest

import p2pbo

FLAGS = "--problem=quadratic --algorithm=sparkle-gt --nodes=8 --schedule=adaptive --mixing=tracking --log-every=10"
SETTINGS = {"schedule": "adaptive", "mixing": "tracking", "theta": 0.1}


def run(steps, c_x, **given):
    settings = {**SETTINGS, "c_x": c_x, **given.pop("settings", {})}
    given = {"problem": "quadratic", "algorithm": "sparkle-gt", "nodes": 8, "log_every": 10, **given}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        trace = p2pbo.run(steps=steps, settings=settings, **given)
    return trace, [str(warning.message) for warning in caught]


def test_it_begins_again_and_ends_at_the_solution():
    trace, said = run(3000, 30.0)
    assert trace.attributes["begun_again_at"] == [10, 60]
    assert trace.status == "completed"
    assert trace["hypergradient_norm"].values[-1] < 1e-5
    ends = "the run begins again from its start, with a tenth of c_x"
    assert [text.endswith(ends) for text in said] == [True, True]
    assert said[0].startswith("node 0 diverged at step 10: the norm of its state has grown")


OF_X_ALONE = {
    "schedule": {"x": "adaptive", "name": "constant"},
    "mixing": {"x": "tracking", "name": "gossip"},
}


@pytest.mark.parametrize(("codec", "settings"), [("none", {}), ("y=topk:0.5", OF_X_ALONE)])
def test_what_follows_is_the_run_with_shorter_steps(codec, settings):
    """Nothing is left of what has diverged: in estimates, trackers, measures, or channels."""
    trace, _ = run(60, 3000.0, codec=codec, settings=settings)
    last = trace.attributes["begun_again_at"][-1]
    shorter = 3000.0 * 0.1 ** len(trace.attributes["begun_again_at"])
    alone, said = run(60 - last, shorter, codec=codec, settings=settings)
    assert not [text for text in said if "begins again" in text]
    for name in "xyz":
        found, expected = getattr(trace.final, name), getattr(alone.final, name)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_low_rank_channels_find_new_directions():
    """Theirs are drawn anew, so that the run is another one, but no worse."""
    settings = {"schedule": OF_X_ALONE["schedule"], "theta": 1.0, "beta": 0.1}
    trace, _ = run(1000, 1e4, codec="y=lowrank:1", settings=settings)
    alone, _ = run(1000, 1.0, codec="y=lowrank:1", settings=settings)
    assert len(trace.attributes["begun_again_at"]) >= 3
    assert trace["hypergradient_norm"].values[-1] < 10 * alone["hypergradient_norm"].values[-1] < 1e-3


def test_what_has_diverged_is_counted():
    found, alone = run(50, 30.0)[0], run(40, 3.0)[0]
    spent = run(10, 0.3)[0]["bytes_sent"].values[-1]
    np.testing.assert_array_equal(found["bytes_sent"].values[-1], alone["bytes_sent"].values[-1] + spent)


def test_several_ranks_begin_again_together(either_build, tmp_path):
    alone, out = run(120, 30.0)[0], tmp_path / "run.h5"
    arguments = ["run", *FLAGS.split(), "--steps=120", "--set=algorithm.theta=0.1", "--set=algorithm.c_x=30"]
    finished = either_build.start(3, "-W", "default", "-m", "p2pbo", *arguments, "--out", out)
    assert finished.code == 0, finished.err
    assert finished.err.count("begins again") == 2
    trace = p2pbo.Trace(out)
    assert trace.attributes["begun_again_at"] == alone.attributes["begun_again_at"]
    np.testing.assert_allclose(trace.final.x, alone.final.x, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("row", [5, 9])  # of steps 40, which is before the second beginning, and 80
def test_a_run_that_has_begun_again_goes_on_from_its_checkpoint(row, tmp_path):
    straight, out = run(120, 30.0)[0], tmp_path / "run.h5"

    class Killed(Exception):
        pass

    def kill(found):
        if found.step == 10 * row:
            raise Killed

    with pytest.raises(Killed):
        run(120, 30.0, out=out, checkpoint_every=7, callback=kill)
    resumed, _ = run(120, 30.0, out=out, checkpoint_every=7, resume=True)
    assert resumed.attributes["begun_again_at"] == straight.attributes["begun_again_at"]
    np.testing.assert_array_equal(resumed.final.x, straight.final.x)


def test_without_a_step_left_it_has_diverged():
    with pytest.raises(p2pbo.Diverged, match=r"at step 10: .* lower c_x"):
        run(10, 30.0)


def test_shorter_steps_do_not_help_where_other_variables_diverge():
    settings = {"schedule": {"x": "adaptive", "name": "constant"}, "theta": 1.0, "beta": 100.0}
    with pytest.raises(p2pbo.Diverged, match=r"most of it in y|its y holds"):
        run(400, 1.0, settings=settings)


def test_a_loss_that_has_grown_is_warned_of():
    """A state far below the limit of divergence may be as wrong."""
    trace, said = run(20, 30.0, divergence_factor=1e30)
    loss = trace["upper_loss"].values
    assert loss[-1] > loss[0]
    (line,) = said
    assert line.startswith(f"the upper loss is {loss[-1]:.4g} at the end and was {loss[0]:.4g} at the start")
    assert line.endswith("lower c_x")
