"""loss-tuning: the VS loss as a plain loop, the long tail's counts, balanced weights and figures."""

import math

import numpy as np
import pytest
from problem_examples import hosted, rows_of
from sklearn.metrics import accuracy_score, balanced_accuracy_score, log_loss

from p2pbo import InputError
from p2pbo.data import load
from p2pbo.problems import PROBLEMS, ProblemContext
from p2pbo.problems.catalogue.loss_tuning import long_tail

DATA = {"samples": 400, "features": 5, "classes": 4, "test_fraction": 0.25}


def loss_tuning(nodes=3, seed=0, partition="iid", data=DATA, **options):
    return PROBLEMS.make("loss-tuning", ProblemContext(nodes, seed, "synthetic", data, partition), **options)


def scores_of(y, rows):
    """Linear scores of a flat y: weights by rows, then biases."""
    c, d = len(y) // (rows.shape[1] + 1), rows.shape[1]
    return rows @ y[: c * d].reshape(c, d).T + y[c * d :]


def test_the_lower_loss_is_the_vs_loss_of_li_2024():
    problem = loss_tuning(ridge=0.1)
    X, Y, _ = rows_of(problem)
    _, g = hosted(problem).losses(X, Y)
    for node, data in enumerate(problem.nodes):
        w, offset, delta = X[node].reshape(3, 4)
        total = 0.0
        for s, k in zip(scores_of(Y[node], data.lower["a"].numpy()), data.lower["label"], strict=True):
            tuned = [math.exp(delta[c] * s[c] + offset[c]) for c in range(4)]
            total -= w[k] * math.log(tuned[k] / sum(tuned))
        expected = total / len(data.lower["label"]) + 0.05 * (Y[node] ** 2).sum()
        assert g[node] == pytest.approx(expected, rel=1e-10)


def test_at_the_start_the_vs_loss_is_the_cross_entropy():
    problem = loss_tuning()
    np.testing.assert_array_equal(problem.x.start, [1] * 4 + [0] * 4 + [1] * 4)
    X, (_, Y, _) = np.tile(problem.x.start, (3, 1)), rows_of(problem)
    _, g = hosted(problem).losses(X, Y)
    for node, data in enumerate(problem.nodes):
        S = scores_of(Y[node], data.lower["a"].numpy())
        probability = np.exp(S) / np.exp(S).sum(axis=1, keepdims=True)
        plain = log_loss(data.lower["label"], probability, labels=range(4))
        assert g[node] == pytest.approx(plain + 0.0005 * (Y[node] ** 2).sum(), rel=1e-10)


@pytest.mark.parametrize("partition", ["iid", "dirichlet:0.5"])
def test_the_upper_loss_is_the_mean_of_the_classes_own_means(partition):
    problem = loss_tuning(partition=partition, imbalance=0.1)
    X, Y, _ = rows_of(problem)
    f, _ = hosted(problem).losses(X, Y)
    for node, data in enumerate(problem.nodes):
        label, S = data.upper["label"].numpy(), scores_of(Y[node], data.upper["a"].numpy())
        entropies = np.log(np.exp(S).sum(axis=1)) - S[np.arange(len(S)), label]
        own = [entropies[label == k].mean() for k in np.unique(label)]
        assert f[node] == pytest.approx(np.mean(own), rel=1e-12)
        assert data.upper["weight"].mean().item() == pytest.approx(1)


@pytest.mark.parametrize(
    ("imbalance", "expected"),
    [
        (0.01, [500, 232, 108, 50, 23, 11, 5]),  # 0.01^(i/6) of 500, 500, 500, 500, 500, 500 and 500
        (1.0, [500] * 7),
        (1e-6, [500, 50, 5, 1, 1, 1, 1]),
    ],
)
def test_class_i_keeps_n_mu_to_the_i_of_its_rows(imbalance, expected):
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(7), 500))
    kept = long_tail(labels, 7, imbalance, np.random.default_rng(1))
    assert np.bincount(labels[kept]).tolist() == expected
    assert (np.diff(kept) > 0).all()
    other = long_tail(labels, 7, imbalance, np.random.default_rng(2))
    assert imbalance == 1 or not np.array_equal(kept, other)


def test_counts_start_from_each_classs_own():
    labels = np.repeat([0, 1, 2], [100, 1000, 40])
    assert np.bincount(labels[long_tail(labels, 3, 0.25, np.random.default_rng(0))]).tolist() == [
        100,
        500,
        10,
    ]


def test_nodes_share_the_long_tail_80_to_20():
    problem = loss_tuning()
    oracles = hosted(problem)
    train = load("synthetic", 0, **DATA).train
    labels = np.concatenate([side["label"] for node in problem.nodes for side in (node.upper, node.lower)])
    full = np.bincount(train.labels)
    kept = [max(1, round(n * 0.01 ** (i / 3))) for i, n in enumerate(full)]
    assert np.bincount(labels).tolist() == kept
    counts = oracles.upper_samples + oracles.lower_samples
    assert abs(oracles.upper_samples - 0.2 * counts).max() <= 0.5


@pytest.mark.parametrize("network", ["linear", "mlp"])
def test_figures_are_scikit_learns(network):
    problem = loss_tuning(network=network, hidden=6)
    test = load("synthetic", 0, **DATA).test
    y = np.random.default_rng(0).standard_normal(problem.dim_y)
    if network == "linear":
        predicted = scores_of(y, test.features).argmax(1)
    else:
        hidden = np.maximum(0, test.features @ y[:30].reshape(6, 5).T + y[30:36])
        predicted = scores_of(y[36:], hidden).argmax(1)
    assert len(set(predicted)) > 1
    accuracies = accuracy_score(test.labels, predicted), balanced_accuracy_score(test.labels, predicted)
    assert accuracies[0] != accuracies[1]
    assert list(problem.test(problem.x.start, y).values()) == pytest.approx(accuracies)
    assert list(problem.test(problem.x.start, y)) == ["test_accuracy", "balanced_accuracy"]
    assert loss_tuning(network=network, data={**DATA, "test_fraction": 0}).test is None


def test_bounds_are_known_of_the_linear_model_alone():
    problem, mlp = loss_tuning(imbalance=1, ridge=0.01), loss_tuning(network="mlp")
    train = load("synthetic", 0, **DATA).train
    square = (train.features**2).sum(axis=1).max() + 1
    expected = (square / 2 + 0.01, 0.01, np.sqrt(2 * square))
    assert (problem.lipschitz, problem.convexity, problem.slope) == pytest.approx(expected)
    assert (mlp.lipschitz, mlp.convexity, mlp.slope) == (None, None, None)


@pytest.mark.parametrize("setting", [{"imbalance": 0}, {"imbalance": 2}, {"network": "lenet"}, {"ridge": -1}])
def test_settings_are_checked(setting):
    with pytest.raises(InputError, match=r"problem loss-tuning: .* is refused"):
        loss_tuning(**setting)
