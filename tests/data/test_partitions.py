"""Partitions: every registered one divides the samples, and each does what its name says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pbo.data import PARTITIONS, load, partition
from p2pbo.errors import InputError

ALPHAS = ["0.001", "0.1", "1", "1000000"]
ARGUMENTS = {"dirichlet": ALPHAS, "dirichlet-mix": ALPHAS}
SPECS = [f"{name}:{a}" if a else name for name in PARTITIONS for a in ARGUMENTS.get(name, [""])]


def sizes(parts):
    return [len(part) for part in parts]


def heterogeneity(parts, labels):
    """Mean over nodes of the total variation distance of a node's label distribution from everyone's."""
    everyone = np.bincount(labels) / len(labels)
    own = [np.bincount(labels[part], minlength=len(everyone)) / len(part) for part in parts]
    return np.mean([np.abs(share - everyone).sum() / 2 for share in own])


@pytest.mark.parametrize("spec", SPECS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_disjoint_covering_sorted_and_reproducible(spec, data):
    nodes = data.draw(st.integers(1, 12))
    count = data.draw(st.integers(2 * nodes, 2 * nodes + 60))
    classes = data.draw(st.lists(st.integers(0, 3), min_size=count, max_size=count))
    seed = data.draw(st.integers(0, 2**40))
    labels = np.array(classes, dtype=np.int64)
    parts = partition(spec, labels, nodes, seed)
    assert len(parts) == nodes
    assert min(sizes(parts)) >= 2
    assert np.sort(np.concatenate(parts)).tolist() == list(range(count))
    for part, again in zip(parts, partition(spec, labels, nodes, seed), strict=True):
        assert part.dtype == np.int64
        assert (np.diff(part) > 0).all()
        np.testing.assert_array_equal(part, again)


@pytest.mark.parametrize("spec", SPECS)
def test_the_seed_decides(spec):
    labels = np.arange(200) % 4
    drawn = {tuple(np.concatenate(partition(spec, labels, 5, seed))) for seed in range(10)}
    assert len(drawn) == 10


@pytest.mark.parametrize("spec", SPECS)
def test_one_node_gets_everything(spec):
    (only,) = partition(spec, np.array([1, 0, 1]), 1, 0)
    assert only.tolist() == [0, 1, 2]


@pytest.mark.parametrize("spec", SPECS)
def test_too_few_samples_are_refused_with_a_number_that_works(spec):
    labels = np.zeros(9, dtype=np.int64)
    with pytest.raises(
        InputError, match=r"cannot give 5 nodes 2 samples each out of 9; use --nodes 4 or fewer"
    ):
        partition(spec, labels, 5, 0)
    assert min(sizes(partition(spec, labels, 4, 0))) == 2
    with pytest.raises(InputError, match="out of 1; give more data"):
        partition(spec, labels[:1], 1, 0)
    with pytest.raises(InputError, match="has 0 nodes"):
        partition(spec, labels, 0, 0)


def test_iid_shares_are_equal():
    parts = partition("iid", np.zeros(103, dtype=np.int64), 10, 0)
    assert sorted(sizes(parts)) == [10] * 7 + [11] * 3


@pytest.mark.parametrize("spec", ["iid", "size"])
def test_homogeneous_partitions_see_the_same_distribution(spec):
    labels = load("a9a").train.labels
    assert heterogeneity(partition(spec, labels, 8, 0), labels) < 0.01


def test_any_sample_can_go_anywhere():
    """Node 0's share of an iid partition is a uniform subset: inclusion frequencies within 5σ."""
    draws, labels = 2000, np.zeros(20, dtype=np.int64)
    owned = np.zeros(20)
    for seed in range(draws):
        owned[partition("iid", labels, 4, seed)[0]] += 1
    assert np.abs(owned / draws - 0.25).max() < 5 * np.sqrt(0.25 * 0.75 / draws)


def test_size_shares_are_one_to_k_in_random_order():
    drawn = [sizes(partition("size", np.zeros(10_000, dtype=np.int64), 4, seed)) for seed in range(20)]
    for shares in drawn:
        np.testing.assert_allclose(np.sort(shares), [1000, 2000, 3000, 4000], atol=3)
    assert len({tuple(np.argsort(shares)) for shares in drawn}) > 5


@pytest.mark.parametrize("name", ["dirichlet", "dirichlet-mix"])
def test_heterogeneity_grows_as_alpha_falls(name):
    labels = load("a9a").train.labels
    measured = [
        np.mean([heterogeneity(partition(f"{name}:{alpha}", labels, 8, seed), labels) for seed in range(20)])
        for alpha in (1000, 10, 1, 0.1)
    ]
    assert (np.diff(measured) > 0.02).all()
    assert measured[0] < 0.02
    assert measured[-1] > 0.3


def test_dirichlet_shares_have_the_right_moments():
    """Mean 1/K and variance (1/K)(1 − 1/K)/(Kα + 1) of a node's share of a class."""
    nodes, alpha, draws = 4, 2.0, 1000
    labels = np.zeros(1000, dtype=np.int64)
    shares = (
        np.array([sizes(partition(f"dirichlet:{alpha}", labels, nodes, seed)) for seed in range(draws)])
        / 1000
    )
    variance = 0.25 * 0.75 / (nodes * alpha + 1)
    assert np.abs(shares.mean(0) - 0.25).max() < 5 * np.sqrt(variance / draws)
    assert shares.var(0) == pytest.approx(np.full(nodes, variance), rel=0.2)


@pytest.mark.parametrize("alpha", ["0.001", "0.1", "10"])
def test_mixes_come_in_equal_shares(alpha):
    parts = partition(f"dirichlet-mix:{alpha}", np.arange(1003) % 10, 8, 0)
    assert sorted(sizes(parts)) == [125] * 5 + [126] * 3


def test_mixes_have_the_moments_of_a_dirichlet_draw():
    """Mean p_c and variance p_c (1 − p_c)/(α + 1) of class c's share, and what 200 draws from the mix add.

    Of two nodes one has the mix q that was drawn, and the other the rest, 2p − q, as long as no class is used up.
    """
    alpha, draws, p = 30.0, 1000, np.array([0.5, 0.3, 0.2])
    labels = np.repeat(np.arange(3), (p * 400).astype(int))
    parts = [partition(f"dirichlet-mix:{alpha}", labels, 2, seed)[0] for seed in range(draws)]
    mixes = np.array([np.bincount(labels[part], minlength=3) / 200 for part in parts])
    variance = p * (1 - p) / (alpha + 1)
    variance = variance + (p * (1 - p) - variance) / 200
    assert np.abs(mixes.mean(0) - p).max() < 5 * np.sqrt(variance.max() / draws)
    np.testing.assert_allclose(mixes.var(0), variance, rtol=0.2)


def test_a_small_alpha_gives_a_node_one_class():
    labels = np.arange(2000) % 10
    parts = partition("dirichlet-mix:0.001", labels, 10, 1)
    dominant = [np.bincount(labels[part]).max() / len(part) for part in parts]
    assert np.median(dominant) > 0.99


def test_nodes_that_draw_nothing_are_topped_up_from_the_largest():
    parts = partition("dirichlet:0.001", np.zeros(50, dtype=np.int64), 8, 0)
    assert sorted(sizes(parts)) == [2] * 7 + [36]


def test_dirichlet_needs_a_sensible_alpha():
    labels = np.zeros(50, dtype=np.int64)
    for name in ("dirichlet", "dirichlet-mix"):
        for argument in ("", ":0", ":-1", ":nan", ":inf", ":much"):
            with pytest.raises(InputError, match=name):
                partition(f"{name}{argument}", labels, 4, 0)
    with pytest.raises(InputError, match="partition 'diriclet' is not known; did you mean dirichlet"):
        partition("diriclet:1", labels, 4, 0)
