"""Batches belong to nodes: who draws them, and how many nodes it hosts, changes nothing."""

import numpy as np
import pytest

from p2pbo.algorithms import Sampler
from p2pbo.errors import InputError


class Counts:
    """What a sampler wants to know of the oracles of ``hosted``: unequal sample counts."""

    def __init__(self, hosted, upper=11, lower=30, random=()):
        self.random = frozenset(random)
        self.upper_samples = np.array([upper + node for node in hosted])
        self.lower_samples = np.array([lower + 3 * node for node in hosted])


def sampler(hosted, seed=0, **counts):
    return Sampler(seed, hosted, Counts(hosted, **counts))


@pytest.mark.parametrize("blocks", [[range(8)], [range(k, k + 1) for k in range(8)], [range(3), range(3, 8)]])
@pytest.mark.parametrize("size", [1, 4, 11])
def test_batches_are_the_nodes_own(blocks, size):
    for step in (0, 7):
        whole = sampler(range(8)).batches(step, size, upper=1, lower=4)
        parts = [sampler(hosted).batches(step, size, upper=1, lower=4) for hosted in blocks]
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


def test_batches_are_distinct_rows_of_the_node():
    counts = Counts(range(8))
    for step in range(50):
        upper, lower = sampler(range(8)).batches(step, 10, upper=1, lower=2)
        for batches, samples in ((upper, counts.upper_samples), (lower, counts.lower_samples)):
            for batch in batches:
                assert (np.diff(batch, axis=1) > 0).all()
                assert (batch >= 0).all()
                assert (batch < samples[:, None]).all()


def test_step_node_side_index_and_seed_all_matter():
    drawn = [
        batch[node].tobytes()
        for seed in (0, 1)
        for step in (0, 1)
        for side in sampler(range(8), seed, upper=90, lower=90).batches(step, 10, upper=2, lower=2)
        for batch in side
        for node in range(8)
    ]
    assert len(set(drawn)) == len(drawn) == 2 * 2 * 4 * 8


def test_all_rows_are_no_draw():
    assert sampler(range(8)).batches(0, None, upper=1, lower=3) == ([None], [None] * 3)


def test_every_row_is_drawn_equally_often():
    steps = 1500
    frequency = np.zeros((8, 18))
    for step in range(steps):
        ((batch,), _) = sampler(range(8)).batches(step, 4, upper=1, lower=1)
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
