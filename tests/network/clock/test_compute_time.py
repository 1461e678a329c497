"""How long nodes compute in a step: as it is written, and as it is drawn."""

import math

import numpy as np
import pytest
from scipy import stats

from p2pbo.network import ComputeTime, parse_compute_time


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("10ms", ComputeTime(0.01)),
        ("2.5s", ComputeTime(2.5)),
        ("300us", ComputeTime(300e-6)),
        ("300µs", ComputeTime(300e-6)),
        ("lognormal:10ms:0.5", ComputeTime(0.01, 0.5)),
        ("lognormal:1s:0", ComputeTime(1.0)),
        ("measured", None),
    ],
)
def test_what_can_be_written(text, time):
    assert parse_compute_time(text) == time


@pytest.mark.parametrize(
    "text",
    ["10", "0ms", "-1ms", "10min", "ms", "", "lognormal:10ms", "lognormal:10ms:-1", "10ms:0.5", "Measured"],
)
def test_what_cannot_be_is_told_what_can(text):
    with pytest.raises(
        ValueError, match=r"is no computing time: write 10ms .*, lognormal:10ms:0.5, or measured"
    ):
        parse_compute_time(text)


@pytest.mark.parametrize("text", ["lognormal:10ms:1000", "99999999999s"])
def test_times_that_overflow_are_refused(text):
    with pytest.raises(ValueError, match=f"'{text}' is too much: write a time of at most 1e"):
        parse_compute_time(text)


def test_drawn_times_are_lognormal():
    times = np.concatenate([ComputeTime(0.01, 0.5).of_step(step, 50, seed=4) for step in range(200)])
    assert stats.kstest(np.log(times / 0.01) / 0.5, "norm").pvalue > 0.01
    assert np.median(times) == pytest.approx(0.01, rel=0.02)


def test_steps_nodes_and_seeds_draw_for_themselves():
    """The order in which they are drawn, and for how many others, does not matter."""
    time = ComputeTime(0.01, 0.5)
    late, many = time.of_step(17, 5, seed=1), time.of_step(17, 9, seed=1)
    np.testing.assert_array_equal(late, many[:5])
    drawn = np.concatenate([late, time.of_step(16, 5, seed=1), time.of_step(17, 5, seed=2)])
    assert len(set(drawn)) == 15
    assert abs(stats.pearsonr(*_two_nodes(time)).statistic) < 0.1


def _two_nodes(time):
    return np.array([time.of_step(step, 2, seed=0) for step in range(1000)]).T


def test_times_that_are_not_drawn_are_all_the_same():
    assert ComputeTime(0.01).of_step(3, 4, seed=0).tolist() == [0.01] * 4
    assert math.isclose(ComputeTime(0.01).of_step(9, 1, seed=5).item(), 0.01)
