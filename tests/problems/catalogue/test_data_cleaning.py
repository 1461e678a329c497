"""data-cleaning: which labels are wrong, which entry of x is whose, and the weighted loss row by row."""

import numpy as np
import pytest
from problem_examples import batch, hosted, rows_of
from scipy.special import expit, log_softmax
from sklearn.metrics import roc_auc_score

from p2pbo import InputError
from p2pbo.data import load
from p2pbo.problems import PROBLEMS, ProblemContext
from p2pbo.problems.catalogue.data_cleaning import corrupt
from p2pbo.problems.classification.labelled_data import PartitionedNodeData

DATA = {"samples": 150, "features": 4, "classes": 3, "test_fraction": 0.2}


def data_cleaning(nodes=4, seed=0, partition="size", data=DATA, **options):
    return PROBLEMS.make(
        "data-cleaning", ProblemContext(nodes, seed, "synthetic", data, partition), **options
    )


def true_shares(nodes=4, seed=0, partition="size", validation=0.3):
    train = load("synthetic", seed, **DATA).train
    return PartitionedNodeData(train, ProblemContext(nodes, seed, partition=partition), validation)


@pytest.mark.parametrize("fraction", [0, 0.2, 0.3, 0.55, 0.99])
@pytest.mark.parametrize("classes", [2, 3, 10])
def test_exactly_that_fraction_becomes_another_class(fraction, classes):
    draw = np.random.default_rng(0)
    labels = draw.integers(0, classes, 1000)
    wrong = corrupt(labels, fraction, classes, draw)
    changed = wrong != labels
    assert changed.sum() == round(fraction * 1000)
    assert set(wrong) == set(range(classes))
    if fraction > 0.5 and classes == 10:  # every other class is as likely
        counts = np.bincount((wrong - labels)[changed] % classes, minlength=classes)
        assert counts[0] == 0
        assert abs(counts[1:] - changed.sum() / 9).max() < 4 * np.sqrt(changed.sum() / 9)


@pytest.mark.parametrize("fraction", [0.3, 0.5])
def test_training_rows_of_every_node_are_corrupted_and_validation_rows_are_clean(fraction):
    nodes = data_cleaning(corrupted=fraction).nodes
    for node, shares in enumerate(true_shares()):
        np.testing.assert_array_equal(nodes[node].upper["label"], shares.upper["label"])
        np.testing.assert_array_equal(nodes[node].lower["a"], shares.lower["a"])
        changed = (nodes[node].lower["label"] != shares.lower["label"]).numpy()
        assert changed.sum() == round(fraction * len(changed))


def test_nodes_and_seeds_have_their_own_corrupted_rows():
    """Equally many rows each, corrupted in other places."""
    clean = [data_cleaning(partition="iid", seed=seed).nodes.clean.reshape(4, 21) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(clean[0], clean[1])
    assert len({row.tobytes() for row in np.concatenate(clean[1:])}) == 8


def test_x_has_one_entry_per_training_row_of_the_network():
    problem = data_cleaning()
    oracles = hosted(problem)
    assert problem.dim_x == oracles.lower_samples.sum() == 84
    index = np.concatenate([node.lower["index"] for node in problem.nodes])
    np.testing.assert_array_equal(index, np.arange(84))
    assert len(set(oracles.lower_samples)) > 1


def test_the_lower_loss_is_a_weighted_mean_row_by_row():
    problem = data_cleaning(ridge=0.2)
    X, Y, _ = rows_of(problem)
    f, g = hosted(problem).losses(X, Y)
    for node, data in enumerate(problem.nodes):
        y = Y[node].reshape(3, 4)

        def entropies(side, y=y):
            return -log_softmax(side["a"].numpy() @ y.T, axis=1)[np.arange(len(side["a"])), side["label"]]

        weights = expit(X[node][data.lower["index"]])
        expected = sum(w * loss for w, loss in zip(weights, entropies(data.lower), strict=True)) / len(
            weights
        )
        assert g[node] == pytest.approx(expected + 0.1 * (y**2).sum(), rel=1e-12)
        assert f[node] == pytest.approx(entropies(data.upper).mean(), rel=1e-12)


def test_cross_derivatives_reach_the_drawn_rows_of_the_own_node_only():
    problem = data_cleaning()
    oracles = hosted(problem)
    X, Y, V = rows_of(problem)
    drawn = batch(oracles.lower_samples, 3)
    hxy = oracles.lower(X, Y, drawn).hxy(V)
    for node, row in enumerate(hxy):
        np.testing.assert_array_equal(np.flatnonzero(row), problem.nodes[node].lower["index"][drawn[node]])


def test_figures_of_weights_that_know_the_truth():
    problem = data_cleaning()
    clean = problem.nodes.clean
    assert 0 < clean.sum() < len(clean)
    y = np.random.default_rng(0).standard_normal(12)
    test = load("synthetic", 0, **DATA).test
    accuracy = ((test.features @ y.reshape(3, 4).T).argmax(1) == test.labels).mean()
    assert problem.test(np.where(clean, 2.0, -1.0), y) == {"cleaning_auc": 1, "test_accuracy": accuracy}
    assert problem.test(np.where(clean, -2.0, 1.0), y)["cleaning_auc"] == 0
    assert problem.test(np.zeros(84), y)["cleaning_auc"] == 0.5
    x = np.random.default_rng(1).standard_normal(84)
    assert problem.test(x, y)["cleaning_auc"] == pytest.approx(1 - roc_auc_score(~clean, expit(x)))


def test_figures_that_cannot_be_had_are_left_out():
    """No corrupted rows, no curve; no test data, no accuracy."""
    y = np.zeros(12)
    assert list(data_cleaning(corrupted=0).test(np.zeros(84), y)) == ["test_accuracy"]
    without = data_cleaning(data={**DATA, "test_fraction": 0})
    assert list(without.test(np.zeros(without.dim_x), y)) == ["cleaning_auc"]


def test_gradient_descent_on_the_weights_finds_the_wrong_labels():
    """Hypergradient steps by the exact inverse on one node: corrupted rows lose weight."""
    problem = data_cleaning(nodes=1, ridge=0.05)
    oracles = hosted(problem)
    X, Y = (np.zeros((1, dim)) for dim in (problem.dim_x, problem.dim_y))
    for _ in range(20):
        for _ in range(100):
            Y = Y - oracles.lower(X, Y, None).gy
        lower, (fx, fy) = oracles.lower(X, Y, None), oracles.upper(X, Y, None)
        H = np.stack([lower.hyy(e[None])[0] for e in np.eye(problem.dim_y)])
        X = X - 100 * (fx - lower.hxy(np.linalg.solve(H, fy[0])[None]))
    assert problem.test(X[0], Y[0])["cleaning_auc"] > 0.8


@pytest.mark.parametrize("setting", [{"corrupted": 1}, {"corrupted": -0.1}, {"ridge": 0}, {"validation": 0}])
def test_settings_are_checked(setting):
    with pytest.raises(InputError, match=r"problem data-cleaning: .* is refused"):
        data_cleaning(**setting)
