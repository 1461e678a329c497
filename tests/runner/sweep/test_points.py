"""Points of a sweep, run one after another: failures, interrupts, and what is refused before any is run."""

import pytest
from sweeping import Silent, sweep, traces

from p2pbo import InputError
from p2pbo.runner.sweep.folder import SweepFolder, completed_description
from p2pbo.runner.sweep.points import check_points, in_this_process, run_points


def outcomes(folder, asked, listener=None):
    held, listener = SweepFolder(folder), listener or Silent()
    return [
        outcome.problem for outcome in run_points(asked.points(), in_this_process(held, listener), listener)
    ]


def test_a_failure_is_one_line_and_does_not_stop_the_others(tmp_path, monkeypatch):
    asked = sweep(**{"codec": ["topk:900", "none"], "algorithm.eta": [0.1, 1e200], "algorithm": ["dsbo"]})
    assert outcomes(tmp_path, asked) == [
        "topk:900 keeps more than the 10 entries; use K ≤ 10",
        "topk:900 keeps more than the 10 entries; use K ≤ 10",
        None,
        "node 0 diverged at step 2: its x holds NaN or infinity; lower eta or beta1",
    ]
    assert list(traces(tmp_path)) == ["codec=none,eta=0.1"]
    results = [SweepFolder(tmp_path).result(point) for point in asked.points()]
    assert [result.status for result in results[:3]] == ["not run", "not run", "completed"]
    assert results[3].status.startswith("failed: Diverged: node 0")
    assert results[3].finals["step"] == 0  # what it has logged is kept


@pytest.mark.parametrize("error", [ZeroDivisionError("of\nwhat?"), SystemExit("of what?")])
def test_what_nobody_expected_does_not_stop_the_others_either(tmp_path, monkeypatch, error):
    def execute(*arguments, **options):
        raise error

    monkeypatch.setattr("p2pbo.runner.sweep.points.execute", execute)
    assert outcomes(tmp_path, sweep(seed=[0, 1])) == [f"{type(error).__name__}: of what?"] * 2


def test_an_interrupt_stops_all(tmp_path):
    class Interrupting(Silent):
        def show(self, row, steps):
            raise KeyboardInterrupt

    listener = Interrupting()
    with pytest.raises(KeyboardInterrupt):
        outcomes(tmp_path, sweep(seed=[0, 1]), listener)
    assert listener.begun == ["seed=0"]
    assert (list(traces(tmp_path)), completed_description(tmp_path / "unfinished" / "seed=0.h5")) == (
        [],
        None,
    )


def test_all_problems_of_a_grid_are_told_at_once():
    asked = sweep(topology=["ring", "rign"], algorithm=["dsbo", "mdob"], seed=[0, 1])
    with pytest.raises(ExceptionGroup) as found:
        check_points(asked.points())
    assert sorted(str(error).partition(";")[0] for error in found.value.exceptions) == [
        "algorithm 'mdob' is not known",
        "topology 'rign' is not known",
    ]


def test_one_problem_is_raised_as_it_is():
    with pytest.raises(InputError, match="4 ranks cannot share 3 nodes"):
        check_points(sweep(seed=[0, 1]).points(), ranks=4)
    with pytest.raises(InputError, match=r"eta=0\.1 is the same run as eta=0\.10; leave one of them out"):
        check_points(sweep(**{"algorithm.eta": ["0.10", 0.1]}).points())
