"""Paired comparisons, against scipy's tests and Holm's own procedure."""

import itertools
import json
import re
import warnings

import numpy as np
import pytest
from rich.console import Console
from scipy.stats import ttest_1samp, ttest_rel

from p2pbo import InputError
from p2pbo.analysis import COSTS, Target, compare_pairs, cost_figure, final_figure
from p2pbo.analysis.comparison.paired import holm
from p2pbo.analysis.comparison.paired_formats import PAIRED_TEXT_FORMATS, paired_table
from p2pbo.errors import Notice

LOSS = final_figure("upper_loss")
A, B = [1.0, 2.0, 4.0, 3.0], [1.5, 2.25, 4.75, 3.4]


@pytest.fixture
def ending(traced):
    """Make a trace that ends with an upper loss."""
    return lambda method, value, **given: traced(
        method, steps=(0, 1), logged={"upper_loss": (9.0, value)}, **given
    )


@pytest.fixture
def runs(ending):
    return lambda method, values, **given: [
        ending(method, value, seed=seed, **given) for seed, value in enumerate(values)
    ]


def test_the_interval_is_that_of_the_t_test(runs):
    (row,) = compare_pairs([*runs("mdbo", A), *runs("vrdbo", B)], LOSS).rows
    tested = ttest_rel(A, B)
    assert (row.first, row.second, row.pairs, row.missing) == ("MDBO", "VRDBO", 4, 0)
    assert (row.low, row.high) == pytest.approx(tested.confidence_interval(0.95))
    assert (row.p, row.difference) == pytest.approx((tested.pvalue, np.mean(A) - np.mean(B)))
    assert row.verdict == "better"


def test_pairs_are_of_equal_seeds_whatever_the_order(runs):
    one, other = runs("mdbo", A), runs("vrdbo", B)
    (row,) = compare_pairs([*other[::-1], *one[:3]], LOSS).rows
    assert (row.first, row.pairs, row.missing) == ("VRDBO", 3, 0)
    assert (row.difference, row.p) == pytest.approx((0.5, ttest_rel(A[:3], B[:3]).pvalue))


def test_a_larger_accuracy_is_better(traced):
    def of(method, values):
        return [
            traced(method, steps=(0, 1), logged={"test_accuracy": (0, value)}, seed=seed)
            for seed, value in enumerate(values)
        ]

    (row,) = compare_pairs([*of("mdbo", A), *of("vrdbo", B)], final_figure("test_accuracy")).rows
    assert row.verdict == "worse"


def test_runs_on_the_same_data_are_one_difference_among_several_data(ending):
    """Three draws of the data, two runs on each: three differences."""
    d = {0: (1.0, 1.2), 1: (0.5, 0.9), 2: (0.8, 1.4)}
    traces = [
        ending(method, 1 + sign * value, seed=seed, data_seed=of_data)
        for of_data, values in d.items()
        for seed, value in enumerate(values)
        for method, sign in (("mdbo", 1), ("vrdbo", 0))
    ]
    (row,) = compare_pairs(traces, LOSS).rows
    tested = ttest_1samp([np.mean(values) for values in d.values()], 0)
    assert (row.pairs, row.p) == (3, pytest.approx(tested.pvalue))
    assert (row.low, row.high) == pytest.approx(tested.confidence_interval(0.95))


def test_a_pair_without_a_figure_leaves_no_verdict(runs, ending):
    """The run that does not reach the target is the worst of all; to leave it out would call its method better."""
    traces = [
        *runs("mdbo", A),
        *runs("vrdbo", B),
        ending("mdbo", np.nan, seed=7),
        ending("vrdbo", 1.0, seed=7),
    ]
    (row,) = compare_pairs(traces, LOSS).rows
    assert (row.pairs, row.missing, row.verdict) == (4, 1, "not told apart")
    (row,) = compare_pairs(traces, cost_figure(COSTS["iterations"], Target("upper_loss", 2.0))).rows
    assert (row.pairs, row.missing) == (1, 4)
    assert (row.low, row.p, row.verdict) == (None, None, "not told apart")


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        ([1.0, 2.0], [1.5, 2.5], "not told apart"),  # two pairs, equal differences
        ([1.0, 2.0, 3.0], [1.5, 2.5, 3.5], "better"),
        ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], "not told apart"),
        ([1.0, 2.0, 3.0], [1 + 1e-12, 2 + 1e-12, 3 + 1e-12], "not told apart"),  # rounding
        ([1.0, 2.0, 3.0], [1.5, 1.0, 3.4], "not told apart"),
    ],
)
def test_verdicts(runs, first, second, verdict):
    (row,) = compare_pairs([*runs("mdbo", first), *runs("vrdbo", second)], LOSS).rows
    assert row.verdict == verdict


def rejected_by_holm(values, level):
    """Holm 1979: go through p values from the smallest, stop at the first above level / (hypotheses left)."""
    rejected, left = set(), len(values)
    for i in sorted(range(len(values)), key=values.__getitem__):
        if values[i] > level / left:
            break
        rejected.add(i)
        left -= 1
    return rejected


@pytest.mark.parametrize("seed", range(4))
def test_corrected_values_reject_what_holm_rejects(seed):
    values = (np.random.default_rng(seed).random(7) ** 4 / 3).tolist()
    corrected = holm(values)
    for level in (0.01, 0.05, 0.2, 0.7):
        assert {i for i, p in enumerate(corrected) if p <= level} == rejected_by_holm(values, level)
    assert holm([None, 0.2, None]) == [None, 0.2, None]


def test_equal_methods_are_seldom_told_apart(traced):
    """Of tables of three equal methods, at most 5 % hold a verdict: 40 tables hold 6 with a chance below 1 in 60."""
    draw, wrong = np.random.default_rng(1), 0
    for _ in range(40):
        values = draw.standard_normal((3, 6)) + draw.standard_normal(6)
        pairs = [ttest_rel(one, other).pvalue for one, other in itertools.combinations(values, 2)]
        wrong += min(holm(pairs)) <= 0.05
    assert wrong < 6


def test_only_what_differs_in_nothing_else(runs):
    traces = [
        run
        for topology in ("ring", "star")
        for method, values in (("mdbo", A[:1]), ("vrdbo", B[:1]))
        for run in runs(method, values, topology={"name": topology})
    ]
    assert len(compare_pairs(traces, LOSS).rows) == 6
    rows = compare_pairs(traces, LOSS, by=["algorithm"]).rows
    assert [(row.first, row.second) for row in rows] == [
        ("MDBO, ring", "VRDBO, ring"),
        ("MDBO, star", "VRDBO, star"),
    ]
    assert len(compare_pairs(traces, LOSS, by=["algorithm", "topology"]).rows) == 6
    with pytest.raises(InputError, match=r"^--by topolgy is no part in which .*; did you mean topology\?"):
        compare_pairs(traces, LOSS, by=["topolgy"])


def test_nothing_to_pair_is_refused(runs, ending):
    said = "finds no two runs with the same seed and data"
    with pytest.raises(InputError, match=said):
        compare_pairs(runs("mdbo", A), LOSS)
    with pytest.raises(InputError, match=said):
        compare_pairs([ending("mdbo", 1.0, seed=0), ending("vrdbo", 1.0, seed=1)], LOSS)
    with pytest.raises(InputError, match=said):  # the same seed draws other data
        compare_pairs([ending("mdbo", 1.0, seed=0), ending("vrdbo", 1.0, seed=0, data_seed=1)], LOSS)


def test_runs_of_other_lengths_are_told(traced):
    traces = [traced("mdbo", steps=(0, 1)), traced("vrdbo", steps=(0, 2))]
    with pytest.warns(
        Notice, match="--paired at the end takes runs after 1 to 2 steps for the same; compare"
    ):
        compare_pairs(traces, LOSS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compare_pairs(traces, cost_figure(COSTS["iterations"], Target("upper_loss", 0.6)))


def test_every_format_says_the_same(runs):
    traces = [*runs("mdbo", A), *runs("vrdbo", B)]
    comparison = compare_pairs(traces, LOSS)
    told = {name: write(comparison) for name, write in PAIRED_TEXT_FORMATS.items()}
    (row,) = json.loads(told["json"])["rows"]
    assert list(row.values()) == pytest.approx(list(vars(comparison.rows[0]).values()))
    heads, line = told["csv"].splitlines()
    assert heads.split(",") == list(row)
    assert line.split(",")[4] == repr(comparison.rows[0].difference)
    low, high = ttest_rel(A, B).confidence_interval(0.95)
    figures = f"-0.475 [{low:.3g}, {high:.3g}] {row['p']:.3g}"
    console = Console(width=150)
    with console.capture() as capture:
        console.print(paired_table(comparison))
    title, _, _, drawn, *note = capture.get().splitlines()
    assert title.strip() == "upper_loss at the end: logreg-hpo, a9a, 8 runs"
    assert " ".join(drawn.split()) == f"MDBO VRDBO 4 {figures} better"
    for said in ("95 % interval", "Holm", "fewer than 10 pairs"):
        assert said in " ".join(" ".join(note).split())
    assert told["latex"].splitlines()[-3].startswith(r"MDBO & VRDBO & $4$ & $-0.475$ & $[")
    assert told["latex"].splitlines()[-3].endswith(r"\textbf{better} \\")
    assert re.search(r"\| MDBO \| VRDBO \| 4 \| -0\.475 \| .* \| \*\*better\*\* \|$", told["markdown"])
