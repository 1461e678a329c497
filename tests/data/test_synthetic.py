"""Gaussian classes, and what every registered data set has in common."""

import subprocess
import sys

import numpy as np
import pytest

from p2pbo.data import DATASETS, PARTITIONS, Samples, load
from p2pbo.errors import InputError


def test_classes_are_balanced_and_shapes_as_asked():
    dataset = load("synthetic", samples=100, features=7, classes=3, test_fraction=0.2)
    assert (len(dataset.train), len(dataset.test), dataset.classes) == (80, 20, 3)
    assert dataset.train.features.shape == (80, 7)
    labels = np.concatenate([dataset.train.labels, dataset.test.labels])
    assert sorted(np.bincount(labels).tolist()) == [33, 33, 34]


def test_without_noise_each_class_is_one_unit_vector():
    train = load("synthetic", samples=50, classes=4, noise=0).train
    centres = np.unique(train.features, axis=0)
    assert len(centres) == 4
    np.testing.assert_allclose(np.linalg.norm(centres, axis=1), 1)
    for label in range(4):
        assert len(np.unique(train.features[train.labels == label], axis=0)) == 1


def test_noise_is_the_spread_around_the_centres():
    train = load("synthetic", samples=4000, noise=0.3).train
    spread = np.concatenate(
        [train.features[train.labels == k] - train.features[train.labels == k].mean(0) for k in (0, 1)]
    )
    assert spread.std() == pytest.approx(0.3, rel=0.02)


def test_the_seed_decides():
    one, again, other = (load("synthetic", seed).train for seed in (3, 3, 4))
    np.testing.assert_array_equal(one.features, again.features)
    np.testing.assert_array_equal(one.labels, again.labels)
    assert not np.array_equal(one.features, other.features)


def test_impossible_options_are_refused():
    with pytest.raises(InputError, match="has 3 samples for 4 classes; use samples=4 or more"):
        load("synthetic", samples=3, classes=4)
    for options in ({"samples": 0}, {"classes": 1}, {"features": 0}, {"noise": -1}, {"noise": float("nan")}):
        with pytest.raises(InputError):
            load("synthetic", **options)


def test_take_keeps_features_and_labels_together():
    samples = Samples(np.arange(6.0).reshape(3, 2), np.array([5, 6, 7]))
    taken = samples.take(np.array([2, 0]))
    assert taken.features.tolist() == [[4, 5], [0, 1]]
    assert taken.labels.tolist() == [7, 5]
    assert len(taken) == 2


@pytest.mark.parametrize("name", [name for name in DATASETS if DATASETS[name].argument is None])
def test_every_set_without_an_argument_loads_with_its_defaults(name):
    dataset = load(name)
    assert dataset.name == name
    for part in (dataset.train, dataset.test):
        if part is not None:
            assert part.features.shape[0] == len(part.labels)
            assert part.features.dtype == np.float64
            assert part.labels.min() >= 0
            assert part.labels.max() < dataset.classes


def test_shipped_entries_are_known():
    assert {"a9a", "libsvm", "synthetic"} <= set(DATASETS)
    with pytest.raises(InputError, match="data 'a9' is not known; did you mean a9a"):
        load("a9")


def test_listing_data_sets_imports_no_heavy_library():
    script = (
        "import sys, p2pbo.data as d\n"
        "print(*d.DATASETS, *d.PARTITIONS, *(sys.modules.keys() & {'scipy', 'sklearn'}))"
    )
    command = [sys.executable, "-c", script]
    listed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert listed.stdout.split() == [*DATASETS, *PARTITIONS]
