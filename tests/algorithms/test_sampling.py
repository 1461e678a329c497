"""Batches belong to nodes: who draws them, and how many nodes it hosts, changes nothing."""

import numpy as np
import pytest

from p2pbo.algorithms import Sampler
from p2pbo.algorithms.row_draws import DRAWS
from p2pbo.errors import InputError
from p2pbo.problems.node_data import BatchSizes


class Counts:
    """What a sampler wants to know of the oracles of ``hosted``: unequal sample counts."""

    def __init__(self, hosted, upper=11, lower=30, random=()):
        self.random = frozenset(random)
        self.upper_samples = np.array([upper + node for node in hosted])
        self.lower_samples = np.array([lower + 3 * node for node in hosted])


def sampler(hosted, seed=0, sampling="independent", **counts):
    return Sampler(seed, hosted, Counts(hosted, **counts), sampling)


@pytest.mark.parametrize("blocks", [[range(8)], [range(k, k + 1) for k in range(8)], [range(3), range(3, 8)]])
@pytest.mark.parametrize("size", [1, 4, 11])
@pytest.mark.parametrize("sampling", DRAWS)
def test_batches_are_the_nodes_own(blocks, size, sampling):
    for step in (0, 7):
        whole = sampler(range(8), sampling=sampling).batches(step, size, upper=1, lower=4)
        parts = [sampler(hosted, sampling=sampling).batches(step, size, 1, 4) for hosted in blocks]
        for side in (0, 1):
            for index, batch in enumerate(whole[side]):
                assert batch.shape == (8, size)
                np.testing.assert_array_equal(batch, np.concatenate([part[side][index] for part in parts]))
        np.testing.assert_array_equal(
            sampler(range(8)).depths(step, 9),
            np.concatenate([sampler(hosted).depths(step, 9) for hosted in blocks]),
        )


def test_more_batches_leave_the_first_ones_as_they_were():
    """Hosted nodes whose random products are longer must not change the others' draws."""
    few, many = (sampler(range(8)).batches(3, 5, upper=1, lower=count) for count in (2, 9))
    for one, other in zip([*few[0], *few[1]], [*many[0], *many[1][:2]], strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("sampling", DRAWS)
def test_batches_are_distinct_rows_of_the_node(sampling):
    counts = Counts(range(8))
    for step in range(50):
        upper, lower = sampler(range(8), sampling=sampling).batches(step, 10, upper=1, lower=2)
        for batches, samples in ((upper, counts.upper_samples), (lower, counts.lower_samples)):
            for batch in batches:
                assert (np.diff(batch, axis=1) > 0).all()
                assert (batch >= 0).all()
                assert (batch < samples[:, None]).all()


@pytest.mark.parametrize("sampling", DRAWS)
def test_step_node_side_index_and_seed_all_matter(sampling):
    drawn = [
        batch[node].tobytes()
        for seed in (0, 1)
        for step in (0, 1)
        for side in sampler(range(8), seed, sampling, upper=90, lower=90).batches(step, 10, upper=2, lower=2)
        for batch in side
        for node in range(8)
    ]
    assert len(set(drawn)) == len(drawn) == 2 * 2 * 4 * 8


def test_all_rows_are_no_draw():
    assert sampler(range(8)).batches(0, None, upper=1, lower=3) == ([None], [None] * 3)


@pytest.mark.parametrize("sampling", DRAWS)
def test_every_row_is_drawn_equally_often(sampling):
    """By epochs the rows that are left out are others in each, so that this holds, too."""
    steps, drawing = 1500, sampler(range(8), sampling=sampling)
    frequency = np.zeros((8, 18))
    for step in range(steps):
        ((batch,), _) = drawing.batches(step, 4, upper=1, lower=1)
        np.add.at(frequency, (np.arange(8)[:, None], batch), 1)
    for node in range(8):
        rate = 4 / (11 + node)
        seen = frequency[node, : 11 + node] / steps
        assert np.abs(seen - rate).max() < 5 * np.sqrt(rate * (1 - rate) / steps)


def test_a_batch_that_a_node_cannot_draw_names_the_node():
    hosted = range(3, 6)
    Sampler(0, hosted, Counts(hosted)).check(14)
    Sampler(0, hosted, Counts(hosted)).check(None)
    with pytest.raises(InputError, match="batch 15 exceeds the 14 upper samples of node 3; use at most 14"):
        Sampler(0, hosted, Counts(hosted)).check(15)
    with pytest.raises(InputError, match="batch 16 exceeds the 15 lower samples of node 5; use at most 15"):
        counts = Counts(hosted, upper=50, lower=0)
        counts.lower_samples[:2] = 90
        Sampler(0, hosted, counts).check(16)


def test_in_an_epoch_no_row_is_drawn_twice_and_all_are_but_the_rest():
    """Node 2 has 13 upper rows, 3 batches of 4 an epoch; ξ and ζ have orders of their own, and so has each epoch."""
    drawing, seen = sampler(range(8), sampling="epochs"), []
    for epoch in range(20):
        batches = [drawing.batches(3 * epoch + place, 4, upper=2, lower=0)[0] for place in range(3)]
        for stream in (0, 1):
            rows = np.concatenate([batch[stream][2] for batch in batches])
            assert len(set(rows.tolist())) == 12
            seen.append(tuple(rows))
    assert len(set(seen)) == 40


def test_a_step_s_draws_by_epochs_need_no_earlier_step():
    """So a run goes on from a checkpoint, and who looks back sees the same rows."""
    drawing = sampler(range(8), sampling="epochs")
    in_order = [drawing.batches(step, 5, upper=1, lower=2) for step in range(25)]
    for step in (24, 3, 11, 3):
        for there, here in zip(
            in_order[step], sampler(range(8), sampling="epochs").batches(step, 5, 1, 2), strict=True
        ):
            np.testing.assert_array_equal(there, here)
        np.testing.assert_array_equal(drawing.batches(step, 5, 1, 2)[0], in_order[step][0])


@pytest.mark.parametrize("sampling", DRAWS)
def test_each_loss_has_batches_of_its_own_size(sampling):
    """Those of one loss are what they are where both have this size."""
    drawing = sampler(range(8), sampling=sampling)
    upper, lower = drawing.batches(9, BatchSizes(3, 7), upper=2, lower=2)
    np.testing.assert_array_equal(upper, drawing.batches(9, 3, upper=2, lower=2)[0])
    np.testing.assert_array_equal(lower, drawing.batches(9, 7, upper=2, lower=2)[1])
    assert drawing.batches(9, BatchSizes(None, 7), upper=2, lower=0) == ([None, None], [])


def test_a_size_of_one_loss_is_checked_against_its_rows():
    hosted = range(3, 6)
    Sampler(0, hosted, Counts(hosted)).check(BatchSizes(14, 39))
    with pytest.raises(
        InputError, match="batch_lower 40 exceeds the 39 lower samples of node 3; use at most 39, or "
    ):
        Sampler(0, hosted, Counts(hosted)).check(BatchSizes(2, 40))
