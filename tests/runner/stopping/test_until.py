"""``--until``: a run ends with the first logged row that reaches one of its targets, as a look at a whole run tells."""

import numpy as np
import pytest
from command import said_to

import p2pbo

RUN = {"problem": "quadratic", "nodes": 5, "steps": 60, "log_every": 3}


def run(**given):
    return p2pbo.run(**{**RUN, **given})


@pytest.fixture(scope="module")
def whole():
    return run()


def first(values, reached):
    return int(np.flatnonzero(reached(values))[0])


@pytest.mark.parametrize("metric", ["y_error", "hypergradient_norm", "bytes_sent"])
def test_the_last_row_is_the_first_that_reaches_the_target(metric, whole):
    values = whole.values(metric)
    values = values.mean(axis=1) if values.ndim > 1 else values
    value = float(values[7])  # all of these go one way
    row = first(
        values, (lambda held: held >= value) if metric == "bytes_sent" else lambda held: held <= value
    )
    trace = run(until=f"{metric}={value!r}")
    assert (trace.status, trace.ended_by) == ("completed", f"until {metric}={value:.12g}")
    assert trace.values("step").tolist() == whole.values("step").tolist()[: row + 1]
    np.testing.assert_array_equal(trace.values("upper_loss"), whole.values("upper_loss")[: row + 1])


def test_of_several_targets_the_first_that_is_reached_counts(whole):
    sent = whole.values("bytes_sent").mean(axis=1)
    trace = run(until=f"upper_loss=-1e9, bytes_sent={sent[4]}")
    assert (trace.last.step, trace.ended_by.partition("=")[0]) == (12, "until bytes_sent")
    slow = run(until="upper_loss=-1e9", steps=9)
    assert (slow.last.step, slow.ended_by) == (9, "steps")


def test_wall_time_is_a_target():
    trace = run(until="wall_time=1e-9")
    assert (trace.last.step, trace.ended_by) == (
        3,
        "until wall_time=1e-09",
    )  # none has passed before the first step


def test_accuracies_rise():
    data = {"name": "synthetic", "samples": 60, "features": 5, "classes": 2}
    given = {"problem": "logreg-hpo", "data": data, "steps": 3, "log_every": 1, "nodes": 2}
    assert run(**given, until="validation_accuracy=0.01").last.step == 0
    assert run(**given, until="validation_accuracy=1.01").last.step == 3


def test_a_target_that_the_start_has_met_takes_no_step():
    flags = ("--problem=quadratic", "--nodes=3", "--steps=9", "--until=consensus_x=0")
    said = said_to("run", *flags)
    assert said.code == 0
    assert "ended with step 0: until consensus_x=0" in said.out


@pytest.mark.parametrize(
    ("until", "complaint"),
    [
        ("upper_los=1", "asks for a metric that the rows of this run do not have; did you mean upper_loss?"),
        ("test_accuracy=0.5", "asks for a metric that the rows of this run do not have; choose from"),
        ("modelled_time=3", "asks for a metric that the rows of this run do not have"),
        ("upper_loss", "is not METRIC=VALUE"),
        ("upper_loss=0.3,", "is not METRIC=VALUE"),
        ("upper_loss=nan", "has no number after upper_loss="),
    ],
)
def test_what_no_row_can_tell_is_refused_before_the_run(until, complaint, tmp_path):
    flags = ("--problem=quadratic", "--nodes=3", "--steps=9", "--exact=off")
    said = said_to("run", *flags, f"--until={until}", "--out", tmp_path / "run.h5")
    assert said.code == 2
    assert complaint in said.err
    assert said.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


class TestResuming:
    """What a target has ended goes on to another one, or to more steps, where there is a checkpoint."""

    @pytest.fixture
    def ended(self, whole, tmp_path):
        """A run that a target has ended at step 12, and what it is run with."""
        given = {"out": tmp_path / "run.h5", "checkpoint_every": 1000}
        run(**given, until=self.at(whole, 12))
        return given

    @staticmethod
    def at(whole, step):
        return f"hypergradient_norm={float(whole.values('hypergradient_norm')[step // 3])!r}"

    def resumed(self, whole, given, **changed):
        trace = run(**given, **changed, resume=True)
        np.testing.assert_array_equal(trace.values("upper_loss"), whole.values("upper_loss")[: trace.rows])
        return trace.last.step

    def test_it_is_done_where_its_target_is_asked_for(self, ended, whole):
        assert self.resumed(whole, ended, until=self.at(whole, 12)) == 12
        assert self.resumed(whole, ended, until=self.at(whole, 6)) == 12  # which it has passed

    def test_it_goes_on_to_another(self, ended, whole):
        assert self.resumed(whole, ended, until=self.at(whole, 30)) == 30
        trace = p2pbo.open_trace(ended["out"])
        assert trace.ended_by == f"until hypergradient_norm={whole.values('hypergradient_norm')[10]:.12g}"
        assert trace.description["until"] == self.at(whole, 30)

    def test_it_goes_on_to_its_last_step(self, ended, whole):
        assert self.resumed(whole, ended) == 60
        trace = p2pbo.open_trace(ended["out"])
        assert trace.ended_by == "steps"
        np.testing.assert_array_equal(trace.final.x, whole.final.x)


def test_show_and_compare_say_what_ended_runs(tmp_path):
    early, all_steps = tmp_path / "early.h5", tmp_path / "all.h5"
    run(out=early, until="bytes_sent=1", exact="off")
    run(out=all_steps, exact="off", algorithm="vrdbo")
    assert "completed: until bytes_sent=1" in said_to("show", early).out
    compared = said_to("compare", early, all_steps, "--target", "upper_loss=1e9")
    assert "ended by" in compared.out
    assert "until bytes_sent=1" in " ".join(compared.out.split())
