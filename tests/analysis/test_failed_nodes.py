"""Figures of every node where some have failed: the means of the others, whose NaN is not passed over."""

import numpy as np

from p2pbo.analysis.comparison.metric_values import metric_values
from p2pbo.analysis.sweep_summary import PointResult

LOSSES = [[0.0, 3, 6], [np.nan, 1, 3], [np.nan, 2, 8]]


def test_failed_nodes_are_left_out_of_means(traced):
    trace = traced(logged={"loss": LOSSES}, failed=[0])
    np.testing.assert_array_equal(metric_values(trace, "loss"), [3, 2, 5])
    assert PointResult("a", trace.description, trace.status, trace).finals["loss"] == 5


def test_a_living_nodes_nan_is_not(traced):
    for failed in ([], [1]):
        trace = traced(logged={"loss": LOSSES}, failed=failed)
        np.testing.assert_array_equal(metric_values(trace, "loss"), [3, np.nan, np.nan])
        assert np.isnan(PointResult("a", trace.description, trace.status, trace).finals["loss"])
