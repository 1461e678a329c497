"""Studies: equal budgets, proposals that repeat, and what an interrupt, a death and other processes leave of them."""

from collections import Counter

import optuna
import pytest
from searching import by_formula, proposed, search, studies_of, tuned

from p2pbo import InputError
from p2pbo.runner.tuning.folder import STUDY
from p2pbo.runner.tuning.study import Ended, Outcome

TWO = {"algorithm": ["mdbo", "gdsbo"]}


def test_methods_have_the_same_budget_and_take_turns(tmp_path):
    """Trials of MDBO are pruned after a step of four, so that it has more of them."""

    def run(study, trial, show):
        return Ended(Outcome.PRUNED, 1.0) if study.method.name == "mdbo" else by_formula(study, trial)

    studies, ends = tuned(tmp_path, search(axes=TWO, budget=22), run)
    assert [study.spent for study in studies] == [19, 20]  # another whole trial would exceed 22
    assert Counter(name for name, *_ in ends) == {"mdbo": 19, "gdsbo": 5}
    assert [name for name, *_ in ends[:7]] == ["mdbo", "gdsbo", "mdbo", "mdbo", "mdbo", "mdbo", "gdsbo"]


@pytest.mark.parametrize(("metric", "best"), [("upper_loss", min), ("test_accuracy", max)])
def test_the_best_trial_by_its_metric(tmp_path, metric, best):
    (study,), _ = tuned(tmp_path, search(metric=metric, budget=4 * 5, sampler="random"))
    assert study.best.value == best(trial.value for trial in study.ended())


def test_tpe_learns_where_the_best_is(tmp_path):
    """After ten trials at random it proposes values near it: within a factor of 3, of four decades."""
    (study,), _ = tuned(tmp_path, search(budget=4 * 30))
    near = [1 / 3 < params["algorithm.eta"] / 0.1 < 3 for params in proposed(study)]
    assert sum(near[:10]) / 10 < 0.5 < sum(near[20:]) / 10


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_proposals_are_keyed_by_the_seed(tmp_path, sampler):
    def once(folder, seed):
        (study,), _ = tuned(tmp_path / folder, search(axes={"seed": [seed]}, budget=4 * 14, sampler=sampler))
        return proposed(study)

    assert once("first", 1) == once("second", 1) != once("third", 2)


def interrupted(study, trial, show):
    if trial.number in (3, 7):
        raise KeyboardInterrupt
    return by_formula(study, trial)


def in_parts(folder, asked):
    """The study of a search that is interrupted twice."""
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            tuned(folder, asked, interrupted)
    (study,), _ = tuned(folder, asked)
    assert [trial.number for trial in study.trials() if trial.state.name == "FAIL"] == [3, 7]
    return study


def test_a_search_that_was_interrupted_goes_on_as_if_it_had_not_been(tmp_path):
    (whole,), _ = tuned(tmp_path / "whole", search(budget=4 * 14))
    parts = in_parts(tmp_path / "parts", search(budget=4 * 14))
    assert proposed(parts) == proposed(whole)
    assert parts.spent == whole.spent == 4 * 14


def test_a_grid_that_was_interrupted_has_every_point(tmp_path):
    etas = [n / 10 for n in range(1, 10)]
    space = {"algorithm.eta": "|".join(map(str, etas))}
    parts = in_parts(tmp_path, search(space, budget=4 * 14, sampler="grid"))
    assert sorted(params["algorithm.eta"] for params in proposed(parts)) == etas


def test_a_trial_that_died_before_it_had_its_settings_is_as_if_it_had_not_been(tmp_path):
    space = {"algorithm.eta": "0.001:1:log", "algorithm.beta1": "0.1:1"}
    (whole,), _ = tuned(tmp_path / "whole", search(space, budget=4 * 12))
    with pytest.raises(KeyboardInterrupt):
        tuned(tmp_path / "parts", search(space, budget=4 * 12), interrupted)
    (begun,) = studies_of(tmp_path / "parts", search(space, budget=4 * 12))
    begun.study.ask({"algorithm.eta": begun.method.space["algorithm.eta"].distribution()})
    (study,), _ = tuned(tmp_path / "parts", search(space, budget=4 * 12))
    assert [trial.number for trial in study.trials() if trial.state.name == "FAIL"] == [3, 4]
    assert proposed(study) == proposed(whole)


def test_a_larger_budget_goes_on(tmp_path):
    (few,), _ = tuned(tmp_path, search(budget=4 * 12))
    (more,), ends = tuned(tmp_path, search(budget=4 * 16))
    assert (len(ends), proposed(more)[:12]) == (4, proposed(few)[:12])


def test_equal_proposals_are_answered_by_the_first_and_cost_nothing(tmp_path):
    (study,), ends = tuned(tmp_path, search({"algorithm.eta": "0.1|0.2|0.3"}, budget=4 * 100))
    assert sorted(study.study.get_trials()[number].params["algorithm.eta"] for _, number, _ in ends) == [
        0.1,
        0.2,
        0.3,
    ]
    assert study.spent == 3 * 4
    values = {(trial.params["algorithm.eta"], trial.value) for trial in study.ended()}
    assert len(values) == 3


def test_a_grid_is_searched_once(tmp_path):
    space = {"algorithm.eta": "0.1|0.2|0.3", "algorithm.batch": "1|2"}
    (study,), ends = tuned(tmp_path, search(space, sampler="grid", budget=4000))
    assert len(ends) == len({tuple(params.values()) for params in proposed(study)}) == 6


def test_what_is_refused_for_ever_ends(tmp_path):
    (study,), ends = tuned(tmp_path, search(), lambda study, trial, show: Ended(Outcome.REFUSED, 0.0))
    assert (len(ends), study.spent, study.best) == (25, 0, None)


def test_a_trial_that_fails_is_told_of_and_stops_no_other(tmp_path):
    def run(study, trial, show):
        return by_formula(study, trial) if trial.number else 1 / 0

    (_,), ends = tuned(tmp_path, search(budget=4 * 3), run)
    assert ends[0][2] == Ended(Outcome.FAILED, 0.0, problem="ZeroDivisionError: division by zero")
    assert len(ends) == 4


def test_a_running_trial_of_another_process_is_left_alone_and_its_cost_is_kept_for_it(tmp_path):
    (mine,), (other,) = (studies_of(tmp_path, search(budget=4 * 2)) for _ in range(2))
    with mine.proposal() as first:
        with other.proposal() as second:
            assert (first.number, second.number) == (0, 1)
            with mine.proposal() as third:
                assert third is None  # 4 + 4 are in use
            other.finish(second, Ended(Outcome.PRUNED, 1.0))
        mine.finish(first, Ended(Outcome.PRUNED, 1.0))
    assert [trial.state.name for trial in mine.trials()] == ["PRUNED", "PRUNED"]


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"space": {"algorithm.eta": "0.1:1"}}, "space"),
        ({"metric": "lower_loss"}, "metric"),
        ({"axes": {"steps": [5]}}, "run"),
        ({"axes": {"seed": [5]}}, "seeds"),
    ],
)
def test_a_study_of_other_trials_is_not_gone_on_with(tmp_path, changed, what):
    studies_of(tmp_path, search())
    with pytest.raises(InputError, match=f"has trials of mdbo with another {what}; choose another --out"):
        studies_of(tmp_path, search(**changed))


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(InputError, match=r"holds files but no tune\.json; choose another --out"):
        studies_of(tmp_path, search())
    assert len(list(tmp_path.iterdir())) == 1


def test_optuna_itself_opens_the_file(tmp_path):
    """As its dashboard does, with a lock of its own."""
    (study,), _ = tuned(tmp_path, search(budget=4 * 3))
    storage = optuna.storages.JournalStorage(
        optuna.storages.journal.JournalFileBackend(str(tmp_path / STUDY))
    )
    opened = optuna.load_study(study_name="mdbo", storage=storage)
    assert opened.best_params == study.best.params
    assert opened.user_attrs["record"]["space"] == {"algorithm.eta": "0.001:10:log"}
