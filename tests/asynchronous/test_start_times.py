"""Nodes of a simulation begin out of step: drawn by the seed, within the time of their first step."""

import numpy as np

import p2pbo
from p2pbo.asynchronous.start_times import start_times

NODES = 4000


def test_nodes_begin_within_their_first_step_wherever_it_falls():
    first_step = np.where(np.arange(NODES) % 2, 0.01, 0.1)
    share = start_times(first_step, seed=3) / first_step
    assert share.min() >= 0
    assert share.max() < 1
    np.testing.assert_allclose(np.quantile(share, [0.25, 0.5, 0.75]), [0.25, 0.5, 0.75], atol=0.04)
    assert abs(np.corrcoef(share[:-1], share[1:])[0, 1]) < 0.05


def test_each_seed_has_starts_of_its_own():
    first_step = np.ones(8)
    np.testing.assert_array_equal(start_times(first_step, seed=1), start_times(first_step, seed=1))
    assert (start_times(first_step, seed=1) != start_times(first_step, seed=2)).all()


def test_rows_of_equal_nodes_are_less_than_a_step_old():
    """In step each would be a whole one: what is sent in a moment comes too late for all who step in it."""
    usual = {"problem": "quadratic", "algorithm": "async-soba", "nodes": 32, "compute_time": "10ms"}
    trace = p2pbo.run(**usual, topology="ring", steps=40, log_every=1)
    # of two neighbours the older one, of ages uniform over a step: two thirds
    assert abs(trace["row_age"].values[10:].mean() / 0.01 - 2 / 3) < 0.15
