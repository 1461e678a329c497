"""What a search leaves: the best settings as files, a table, and warnings."""

from searching import by_formula, search, tuned

from p2pbo.cli.terminal import Terminal
from p2pbo.config import Description, from_file
from p2pbo.config.sweep import Sweep
from p2pbo.runner.tuning.best import write_best
from p2pbo.runner.tuning.report import remarks, report_table
from p2pbo.runner.tuning.study import Ended, Outcome

TWO = {"algorithm": ["mdbo", "nc-soba"], "mixing": ["tracking", "gossip"]}
SPACE = {"algorithm.eta": "0.01:1:log", "algorithm.alpha": "0.01:1:log", "codec": "none|randk:0.5"}


def test_the_best_settings_run_and_are_swept(tmp_path):
    studies, _ = tuned(tmp_path, search(SPACE, TWO, {}, budget=4 * 3), by_quality)
    paths = write_best(studies, tmp_path)
    assert paths[0] == tmp_path / "best.toml"
    points = Sweep.from_file(paths[0]).over({"seed": [7]}).points()
    for study, path, point in zip(studies, paths[1:], points, strict=True):
        best = study.method.runs(study.best.params)[0].portable()
        assert Description.parse(from_file(path)).resolve().portable() == best
        assert {**point.description.portable(), "seed": 0, "topology": best["topology"]} == best


def by_quality(study, trial, show=None):
    return Ended(Outcome.COMPLETE, 4.0, trial.params.get("algorithm.eta", 2.0))


def test_one_method_is_a_sweep_of_one_case_too(tmp_path):
    studies, _ = tuned(tmp_path, search(budget=4 * 2))
    best, _run = write_best(studies, tmp_path)
    (point,) = Sweep.from_file(best).points()
    assert point.description.algorithm.settings["eta"] == studies[0].best.params["algorithm.eta"]


def test_no_best_no_file(tmp_path):
    studies, _ = tuned(tmp_path, search(budget=8), lambda *_: Ended(Outcome.PRUNED, 4.0))
    assert write_best(studies, tmp_path) == []
    assert [*remarks(studies)] == [
        "warning: mdbo has no complete trial; widen its space downwards, or raise --budget"
    ]


def test_a_value_on_an_edge_is_warned_of_unless_nothing_is_beyond(tmp_path):
    """The least is best; below 1 there is no number of terms."""
    space = {"algorithm.eta": "0.1|0.2|0.3", "algorithm.terms": "1|2|3"}
    studies, _ = tuned(tmp_path, search(space, budget=4 * 9, sampler="grid"), least)
    assert [*remarks(studies)] == [
        "warning: the best algorithm.eta of mdbo, 0.1, lies on the edge of 0.1|0.2|0.3; widen it downwards, in another "
        "folder: --space 'algorithm.eta=0.05|0.1|0.2|0.3'"
    ]


def least(study, trial, show):
    return Ended(Outcome.COMPLETE, 4.0, sum(trial.params.values()))


def test_the_table_counts_trials_and_has_the_best_method_first(tmp_path, capsys):
    outcomes = iter(
        [Ended(Outcome.DIVERGED, 2.0), Ended(Outcome.PRUNED, 1.0), Ended(Outcome.REFUSED, 0.0, problem="no")]
    )

    def run(study, trial, show):
        if study.method.name == "mdbo":
            return next(outcomes, None) or by_formula(study, trial)
        return Ended(Outcome.COMPLETE, 4.0, -1.0)

    studies, _ = tuned(tmp_path, search(axes={"algorithm": ["mdbo", "nc-soba"]}, held={}, budget=8), run)
    Terminal().print(report_table(studies))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:7] == ["method", "upper", "loss", "complete", "pruned", "diverged", "spent"]
    assert lines[2].split()[:6] == ["nc-soba", "-1", "2", "0", "0", "8"]
    assert [line.split()[2:6] for line in lines if line.startswith("mdbo")] == [["1", "1", "1", "7"]]
    assert "mdbo: 1 trials refused, the last one: no" in [*remarks(studies)]
