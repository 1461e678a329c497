import json
import math
import statistics

import numpy as np
import pytest

from p2pbo import InputError
from p2pbo.analysis import Target, compare_traces
from p2pbo.analysis.estimate import Estimate

LOSS = Target("upper_loss", 0.35)


@pytest.fixture
def run(traced):
    """A trace of rows at the steps 0, 10, 20 …: a loss each, MB sent by each of the three nodes."""

    def make(algorithm, loss, megabytes=None, seed=0, wall=0.5, **logged):
        steps = range(0, 10 * len(loss), 10)
        sent = megabytes or [[place, 2 * place, 3 * place] for place in range(len(loss))]
        logged["upper_loss"] = loss
        logged["bytes_sent"] = (np.array(sent) * 1_000_000).astype(int)
        logged["wall_time"] = [wall * step for step in steps]
        return traced(algorithm, stem=f"{algorithm}-{seed}", steps=steps, logged=logged, seed=seed)

    return make


def approx(mean, error=None):
    return Estimate(
        pytest.approx(mean, rel=1e-12), None if error is None else pytest.approx(error, rel=1e-12)
    )


def test_figures_of_the_first_row_that_reaches_the_target_over_the_seeds(run):
    first = run("mdbo", [1, 0.3, 0.2], [[0, 0, 0], [1, 2, 3], [9, 9, 9]], modelled_time=[0, 1, 9])
    second = run("mdbo", [1, 0.5, 0.35], [[0, 0, 0], [1, 1, 1], [3, 6, 9]], seed=1, modelled_time=[0, 1, 4])
    (row,) = compare_traces([first, second], LOSS).rows
    assert (row.label, row.seeds, row.reached) == ("MDBO", 2, 2)
    assert row.iterations == approx(15, 5)  # 10 and 20: s = √50, s/√2 = 5
    assert row.megabytes == approx(4, 2)  # (1 + 2 + 3)/3 and (3 + 6 + 9)/3
    assert row.modelled_seconds == approx(2.5, 1.5)
    assert row.wall_seconds == approx(7.5, 2.5)
    assert row.best == approx(0.275, 0.075)


@pytest.mark.parametrize(
    ("loss", "iterations"),
    [
        ([0.35, 0.1, 0.1], 0),  # exactly
        ([1, 0.3501, 0.34], 20),  # nothing is interpolated
        ([1, 0.3, 0.9], 10),  # what comes later does not count
        ([math.nan, math.nan, 0.3], 20),
    ],
)
def test_one_seed_has_no_error(run, loss, iterations):
    (row,) = compare_traces([run("mdbo", loss)], LOSS).rows
    assert row.iterations == Estimate(iterations, None)
    assert row.megabytes == approx(iterations / 10 * 2)
    assert (row.best.mean, row.best.error) == (np.nanmin(loss), None)


def test_nothing_but_nan_reaches_nothing(run):
    comparison = compare_traces([run("mdbo", [math.nan, math.nan])], Target("upper_loss", 1e9))
    (row,) = comparison.rows
    assert (row.reached, row.iterations, row.winner) == (0, None, ())
    assert comparison.as_json()["rows"][0]["best"] == {"mean": None, "error": None}


def test_an_accuracy_is_reached_from_below(run):
    rising = run("mdbo", [1, 1, 1], test_accuracy=[0.1, 0.8, 0.9])
    lower = run("vrdbo", [1, 1, 1], test_accuracy=[0.1, 0.2, 0.7])
    rows = compare_traces([lower, rising], Target("test_accuracy", 0.8)).rows
    assert [(row.label, row.reached, row.best.mean) for row in rows] == [("MDBO", 1, 0.9), ("VRDBO", 0, 0.7)]
    assert rows[0].iterations == Estimate(10, None)
    assert "best" in rows[0].winner
    assert str(Target("test_accuracy", 0.8)) == "test_accuracy ≥ 0.8"


def test_a_figure_of_every_node_is_its_mean(run):
    nodes = [[0.0, 0.9, 0.9], [0.1, 0.3, 0.8], [0.3, 0.3, 0.3]]  # means 0.6, 0.4, 0.3
    (row,) = compare_traces(
        [run("mdbo", [1, 1, 1], node_upper_loss=nodes)], Target("node_upper_loss", 0.45)
    ).rows
    assert (row.iterations.mean, row.best) == (10, approx(0.3))


def test_only_the_seeds_that_reached_it_count(run):
    seeds = [[1, 0.3, 0.3], [1, 0.5, 0.4], [1, 0.5, 0.3]]
    (row,) = compare_traces([run("mdbo", loss, seed=seed) for seed, loss in enumerate(seeds)], LOSS).rows
    assert (row.seeds, row.reached, row.iterations) == (3, 2, approx(15, 5))
    assert row.best == approx(1 / 3, statistics.stdev([0.3, 0.4, 0.3]) / math.sqrt(3))  # of all seeds


@pytest.fixture
def field(run):
    """Two that always reach the target, one that does in one seed of two and cheaply, two that never do."""
    return [
        run("dsbo", [1, 0.9, 0.6]),
        run("gdsbo", [1, 0.9, 0.5]),
        run("vrdbo", [1, 0.3, 0.3], [[0] * 3, [0.1] * 3, [0.2] * 3], wall=0.01),
        run("vrdbo", [1, 0.9, 0.9], seed=1),
        run("madsbo", [1, 0.3, 0.3], [[0] * 3, [8] * 3, [9] * 3], wall=0.3),
        run("mdbo", [1, 0.9, 0.2], [[0] * 3, [1] * 3, [2] * 3]),
    ]


@pytest.mark.parametrize(
    ("sort", "order"),
    [("megabytes", ["MDBO", "MADSBO"]), ("iterations", ["MADSBO", "MDBO"]), ("wall", ["MADSBO", "MDBO"])],
)
def test_those_that_all_seeds_reached_come_first_and_the_cheapest_of_them(field, sort, order):
    labels = [row.label for row in compare_traces(field, LOSS, sort=sort).rows]
    assert labels == [*order, "VRDBO", "GDSBO", "DSBO"]


def test_the_best_of_each_column_is_marked_among_those_that_are_comparable(field):
    assert {row.label: row.winner for row in compare_traces(field, LOSS).rows} == {
        "MDBO": ("best", "megabytes"),
        "MADSBO": ("iterations", "wall_seconds"),
        "VRDBO": (),  # cheaper, but in one seed of two
        "GDSBO": (),
        "DSBO": (),
    }


def test_ties_are_both_the_best(run):
    rows = compare_traces([run("mdbo", [1, 0.3]), run("vrdbo", [1, 0.3])], LOSS).rows
    assert rows[0].winner == rows[1].winner == ("best", "iterations", "megabytes", "wall_seconds")


def test_json_has_the_same_keys_whatever_is_missing(field):
    told = json.loads(json.dumps(compare_traces(field, LOSS).as_json(), allow_nan=False))
    rows = told.pop("rows")
    assert told == {
        "target": {"metric": "upper_loss", "value": 0.35, "rising": False},
        "problem": "logreg-hpo",
        "data": "a9a",
        "runs": 6,
    }
    assert rows[0] == {
        "label": "MDBO",
        "seeds": 1,
        "reached": 1,
        "best": {"mean": 0.2, "error": None},
        "iterations": {"mean": 20, "error": None},
        "megabytes": {"mean": 2, "error": None},
        "modelled_seconds": None,
        "wall_seconds": {"mean": 10, "error": None},
        "winner": ["best", "megabytes"],
        "ended": ["completed"],
    }
    assert all(list(row) == list(rows[0]) for row in rows)
    assert (rows[-1]["reached"], rows[-1]["megabytes"], rows[-1]["best"]["mean"]) == (0, None, 0.6)


def test_other_problems_are_compared_by_force_alone(traced):
    traces = [traced(stem="one"), traced(stem="other", problem={"name": "quadratic"}, data=None)]
    with pytest.raises(InputError, match=r"other\.h5 is of another problem than .*one\.h5; .*--force"):
        compare_traces(traces, LOSS)
    assert (
        str(compare_traces(traces, LOSS, force=True))
        == "upper_loss ≤ 0.35: logreg-hpo, quadratic, a9a, 2 runs"
    )


def test_problems_with_data_of_their_own_have_no_data_set(traced):
    own = [traced(stem=name, problem={"name": "quadratic"}, data={"name": name}) for name in ("a9a", "mnist")]
    assert str(compare_traces(own, LOSS)) == "upper_loss ≤ 0.35: quadratic, 2 runs"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("upper_loss", "is not METRIC=VALUE; give one such as upper_loss=0.35"),
        ("=0.3", "is not METRIC=VALUE"),
        ("upper_loss=", "is not METRIC=VALUE"),
        ("upper_loss<=0.3", "is not METRIC=VALUE"),
        ("upper_loss=low", "has no number after upper_loss="),
        ("upper_loss=0,3", "has no number after upper_loss="),
        ("upper_loss=nan", "has no number after upper_loss="),
        ("upper_loss=inf", "has no number after upper_loss="),
        ("wall_time=10", "asks for wall_time, which runs spend; give a loss"),
    ],
)
def test_targets_that_cannot_be_read(text, complaint):
    with pytest.raises(InputError) as caught:
        Target.parse(text)
    assert str(caught.value).startswith(f"--target {text} {complaint}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("upper_loss=0.35", LOSS),
        ("test_accuracy=9e-1", Target("test_accuracy", 0.9)),
        ("a=-2", Target("a", -2)),
    ],
)
def test_targets_that_can(text, target):
    assert Target.parse(text) == target


def test_the_trace_that_lacks_the_metric_is_named(traced):
    traces = [traced(stem="has", logged={"y_error": [1, 1, 1]}), traced("vrdbo", stem="lacks")]
    with pytest.raises(InputError, match=r"lacks\.h5 has no metric 'y_error'; choose from consensus_x"):
        compare_traces(traces, Target("y_error", 0.1))
    with pytest.raises(InputError, match=r"has\.h5 has no metric 'uper_loss'; did you mean upper_loss\? "):
        compare_traces(traces, Target("uper_loss", 0.1))


def test_a_trace_without_rows_is_named(traced):
    with pytest.raises(InputError, match=r"empty\.h5 has no logged row yet; "):
        compare_traces([traced(), traced("vrdbo", stem="empty", steps=())], LOSS)


@pytest.mark.parametrize(
    ("sort", "complaint"),
    [
        ("megabyte", "is not known; did you mean megabytes?"),
        ("modelled", "asks for modelled_time, which no trace has; "),
    ],
)
def test_costs_that_cannot_be_sorted_by(traced, sort, complaint):
    with pytest.raises(InputError, match=f"--sort {sort} {complaint}".replace("?", r"\?")):
        compare_traces([traced()], LOSS, sort=sort)


def test_a_cost_that_some_traces_tell_is_missing_for_the_others(run):
    told, silent = run("mdbo", [1, 0.3], modelled_time=[0, 7]), run("vrdbo", [1, 0.3], [[0] * 3, [1] * 3])
    rows = compare_traces([silent, told], LOSS, sort="modelled").rows
    assert [(row.label, row.modelled_seconds) for row in rows] == [("MDBO", approx(7)), ("VRDBO", None)]


@pytest.mark.parametrize("values", [[1.0, 2.0], [3.0, 3.0, 3.0], [0.1, 0.7, 0.4, 1e3]])
def test_the_standard_error_is_that_of_the_mean(values):
    error = statistics.stdev(values) / math.sqrt(len(values))
    assert Estimate.over(values) == approx(statistics.fmean(values), error)


def test_an_infinite_loss_has_no_finite_error():
    estimate = Estimate.over([math.inf, 1.0])
    assert estimate.as_json() == {"mean": None, "error": None}
    assert estimate.texts() == ("inf", "nan")


@pytest.mark.parametrize(
    ("mean", "error", "written"),
    [
        (0.361234, None, ("0.3612",)),
        (12345.0, None, ("12,345",)),
        (10.0, None, ("10",)),
        (1e-9, None, ("1e-09",)),
        (132.4321, 1.234, ("132.4", "1.2")),
        (12345.6, 678.9, ("12,346", "679")),
        (0.36123, 0.00051, ("0.36123", "0.00051")),
        (290.0, 0.0, ("290", "0")),
        (1.23456789e-9, 3.21e-10, ("1.23457e-09", "3.2e-10")),
        (math.nan, None, ("nan",)),
    ],
)
def test_figures_are_written_as_far_as_they_are_known(mean, error, written):
    assert Estimate(mean, error).texts() == written


def test_runs_on_the_same_data_are_one_figure_among_several_data():
    """Their means are 2, 4 and 9; on one draw of the data, every run is a figure of its own."""
    values, means = [1.0, 3.0, 4.0, 9.0], [2.0, 4.0, 9.0]
    assert Estimate.over(values, [7, 7, 8, 9]) == approx(5.0, statistics.stdev(means) / 3**0.5)
    assert Estimate.over(values, [7, 7, 7, 7]) == Estimate.over(values)
