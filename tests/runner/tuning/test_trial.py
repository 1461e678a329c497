"""Trials: the runs of their seeds, what they cost, and how they end."""

import numpy as np
import pytest
from searching import search, studies_of, tuned

import p2pbo
from p2pbo.runner.tuning.study import Ended, Outcome
from p2pbo.runner.tuning.trial import check_rows, run_trial

CHOSEN = {"algorithm.eta": 0.05}


class Proposed:
    """A trial as Optuna proposes it, whose pruner ends it at a step."""

    number = 7

    def __init__(self, params=CHOSEN, allowance=1e9, prune_at=None):
        self.params, self.user_attrs = params, {"allowance": allowance}
        self.reported, self._prune_at = {}, prune_at

    def report(self, value, step):
        self.reported[step] = value

    def should_prune(self):
        return self._prune_at in self.reported


def study_of(folder, *, seeds=(0,), steps=6, budget=1e6, unit="iterations", **axes):
    axes = {"seed": [*seeds], "steps": [steps], **{field: [value] for field, value in axes.items()}}
    (study,) = studies_of(folder, search(axes=axes, budget=budget, budget_unit=unit))
    return study


def alone(seed, steps=6):
    """The same run, by itself."""
    return p2pbo.run(
        problem="quadratic",
        nodes=3,
        steps=steps,
        log_every=2,
        seed=seed,
        settings={"eta": 0.05, "beta1": 1, "beta2": 1},
    )


def test_a_trial_is_judged_by_the_mean_of_its_seeds(tmp_path):
    trial, rows = Proposed(), []
    ended = run_trial(study_of(tmp_path, seeds=(3, 5)), trial, show=lambda row, steps: rows.append(row.step))
    losses = [alone(seed).values("upper_loss") for seed in (3, 5)]
    assert ended == Ended(Outcome.COMPLETE, 12.0, float(np.mean([loss[-1] for loss in losses])))
    assert trial.reported == dict(zip((2, 4, 6), losses[0][1:], strict=True))  # of the first seed alone
    assert rows == [0, 2, 4, 6] * 2
    for seed, loss in zip((3, 5), losses, strict=True):
        np.testing.assert_array_equal(
            p2pbo.open_trace(tmp_path / f"mdbo-0007,seed={seed}.h5").values("upper_loss"), loss
        )


def test_a_trial_that_is_pruned_costs_what_it_ran(tmp_path):
    ended = run_trial(study_of(tmp_path, seeds=(3, 5)), Proposed(prune_at=4))
    assert ended == Ended(Outcome.PRUNED, 4.0)
    assert p2pbo.open_trace(tmp_path / "mdbo-0007,seed=3.h5").values("step").tolist() == [0, 2, 4]
    assert not (tmp_path / "mdbo-0007,seed=5.h5").exists()


def test_the_end_of_a_trial_is_not_pruned(tmp_path):
    assert run_trial(study_of(tmp_path), Proposed(prune_at=6)).outcome is Outcome.COMPLETE


@pytest.mark.parametrize("unit", ["megabytes", "wall"])
def test_a_trial_ends_where_its_method_has_spent_its_budget(tmp_path, unit):
    """Its first row behind the start has spent more than it may."""
    ended = run_trial(study_of(tmp_path, unit=unit), Proposed(allowance=1e-9))
    trace = p2pbo.open_trace(tmp_path / "mdbo-0007.h5")
    row, factor = ("bytes_sent", 1e-6) if unit == "megabytes" else ("wall_time", 1)
    assert ended.outcome is Outcome.PRUNED
    assert trace.values("step").tolist() == [0, 2]
    assert ended.spent == pytest.approx(factor * trace.values(row)[-1].mean(), rel=1e-12)


@pytest.mark.parametrize("factor", [1e300, 10])
def test_a_trial_that_diverges_costs_what_it_ran_up_to_the_next_row(tmp_path, factor):
    study = study_of(
        tmp_path, steps=2000, divergence_factor=factor, **{"algorithm.alpha1": 1e-6, "algorithm.alpha2": 1e-6}
    )
    ended = run_trial(study, Proposed({"algorithm.eta": 100.0}))
    last = p2pbo.open_trace(tmp_path / "mdbo-0007.h5").values("step")[-1]
    assert ended.outcome is Outcome.DIVERGED
    assert ended.spent in (last, last + 2)
    assert 0 < ended.spent < 2000


def test_settings_that_do_not_go_together_are_refused_and_cost_nothing(tmp_path):
    ended = run_trial(study_of(tmp_path), Proposed({"algorithm.eta": 2.0}))
    assert (ended.outcome, ended.spent) == (Outcome.REFUSED, 0)
    assert "the estimator's weight a = αη is 2, above 1" in ended.problem


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"metric": "uper_loss"}, "--metric uper_loss is in no row of mdbo; did you mean upper_loss"),
        ({"metric": "wall_time"}, "--metric wall_time is what runs spend"),
        (
            {"budget_unit": "modelled", "budget": 1},
            "--budget-unit modelled asks for modelled_time, which the runs do not",
        ),
    ],
)
def test_what_no_row_tells_is_refused_before_anything_runs(settings, error):
    asked = search(**settings)
    (method,) = asked.methods()
    with pytest.raises(p2pbo.InputError, match=error):
        check_rows(method, asked.objective, asked.budget([method]))


def test_pruned_and_diverged_trials_spend_the_budget_too(tmp_path):
    """What all traces have run is what the budget says."""
    held = {
        "algorithm.alpha1": [1e-6],
        "algorithm.alpha2": [1e-6],
        "divergence_factor": [10],
        "exact": ["off"],
    }
    asked = search(
        {"algorithm.eta": "0.1|0.05|0.11|99.0"},
        {**held, "steps": [9], "log_every": [1]},
        budget=30,
        sampler="grid",
        pruner="halving",
    )
    (study,), ends = tuned(tmp_path, asked, run_trial)
    outcomes = {ended.outcome for *_, ended in ends}
    assert outcomes == {Outcome.COMPLETE, Outcome.PRUNED, Outcome.DIVERGED}
    ran = [p2pbo.open_trace(tmp_path / f"mdbo-{number:04}.h5").values("step")[-1] for _, number, _ in ends]
    assert study.spent == sum(ran)
