import numpy as np
import pytest

from p2pbo import InputError
from p2pbo.analysis.groups import group_by_seed
from p2pbo.analysis.plots.curve_data import X_AXES, band_label, mean_curve

SEEDS = {0: [3.0, 1.0, 0.5], 1: [3.0, 2.0, 0.1], 2: [3.0, 6.0, 0.3]}
EACH_NODE = {0: [[0, 3, 6], [1, 1, 1], [0, 0, 9]], 1: [[2, 3, 4], [1, 3, 5], [2, 2, 1]]}


def one_series(traces, x="iteration", metric="loss"):
    (run,) = group_by_seed(traces)
    return mean_curve(run, X_AXES[x], metric)


def test_seeds_are_a_mean_and_a_range(traced):
    curve = one_series([traced(seed=seed, logged={"loss": values}) for seed, values in SEEDS.items()])
    np.testing.assert_allclose(curve.x, [0, 10, 20])
    np.testing.assert_allclose(curve.y, [3, 3, 0.3])
    np.testing.assert_allclose(curve.low, [3, 1, 0.1])
    np.testing.assert_allclose(curve.high, [3, 6, 0.5])


def test_nodes_are_a_mean_and_a_range(traced):
    curve = one_series([traced(logged={"loss": EACH_NODE[0]})])
    np.testing.assert_allclose([curve.y, curve.low, curve.high], [[3, 1, 3], [0, 1, 0], [6, 1, 9]])


def test_nodes_that_have_failed_are_left_out_and_others_are_not(traced):
    losses = [[0.0, 3, 6], [np.nan, 1, 3], [np.nan, 2, np.nan]]
    curve = one_series([traced(logged={"loss": losses}, failed=[0])])
    np.testing.assert_allclose(
        [curve.y, curve.low, curve.high], [[3, 2, np.nan], [0, 1, np.nan], [6, 3, np.nan]]
    )
    kept = one_series([traced(logged={"loss": losses})])
    assert np.isnan(kept.y[1:]).all()


def test_nodes_of_several_seeds_are_averaged_over_seeds_first(traced):
    curve = one_series([traced(seed=seed, logged={"loss": values}) for seed, values in EACH_NODE.items()])
    np.testing.assert_allclose([curve.y, curve.low, curve.high], [[3, 2, 7 / 3], [1, 1, 1], [5, 3, 5]])


def test_only_steps_that_all_seeds_logged_count(traced):
    losses = {10: 5.0, 20: 4.0, 25: 9.0, 40: 3.0}
    traces = [
        traced(seed=seed, steps=steps, logged={"loss": [losses[step] + seed for step in steps]})
        for seed, steps in enumerate([(10, 20, 40), (20, 25, 40)])
    ]
    curve = one_series(traces)
    np.testing.assert_allclose([curve.x, curve.low, curve.high], [[20, 40], [4, 3], [5, 4]])


def test_what_seeds_are_drawn_against_is_averaged_at_equal_steps(traced):
    traces = [traced(seed=seed, logged={"wall_time": [0, 1 + seed, 5 - seed]}) for seed in (0, 1)]
    np.testing.assert_allclose(one_series(traces, "time", "upper_loss").x, [0, 1.5, 4.5])


def test_bytes_are_megabytes_on_both_axes(traced):
    curve = one_series([traced()], "bytes", "bytes_sent")  # example_row: step · node MB, nodes 0, 1, 2
    np.testing.assert_allclose([curve.x, curve.y, curve.high], [[0, 10, 20], [0, 10, 20], [0, 20, 40]])


def test_modelled_time_is_drawn_against_where_it_is_known(traced):
    curve = one_series([traced(logged={"modelled_time": [0, 0.25, 0.75]})], "modelled", "upper_loss")
    np.testing.assert_allclose(curve.x, [0, 0.25, 0.75])


def test_a_trace_without_modelled_time_says_how_to_get_it(traced):
    with pytest.raises(
        InputError, match=r"has no modelled_time; give the topology a bandwidth: .*bandwidth="
    ):
        one_series([traced()], "modelled", "upper_loss")


def test_seeds_without_a_common_step_are_refused(traced):
    traces = [traced(stem="a", seed=0, steps=(0, 10)), traced(stem="b", seed=1, steps=(5,))]
    with pytest.raises(InputError, match=r"b\.h5 logged no step that .*a\.h5.* logged too; repeat"):
        one_series(traces, metric="upper_loss")


@pytest.mark.parametrize(
    ("seeds", "x", "metric", "words"),
    [
        ([1], "iteration", "upper_loss", None),
        ([1], "bytes", "upper_loss", None),
        ([3], "iteration", "upper_loss", "mean and range over 3 seeds"),
        ([3, 1], "time", "upper_loss", "mean and range over 1–3 seeds; x: mean"),
        ([1, 1], "iteration", "node_upper_loss", "mean and range over the nodes"),
        (
            [2],
            "bytes",
            "node_upper_loss",
            "mean and range over the nodes,\neach the mean of 2 seeds; x: mean",
        ),
    ],
)
def test_the_band_is_put_into_words(traced, seeds, x, metric, words):
    runs = group_by_seed(
        [traced(nodes=run, seed=seed) for run, count in enumerate(seeds) for seed in range(count)]
    )
    assert band_label(X_AXES[x], metric, runs) == words
