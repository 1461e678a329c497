"""logreg-hpo: layouts, classes, ragged nodes, and its losses against scikit-learn's."""

import tracemalloc

import numpy as np
import pytest
import scipy.sparse
import scipy.special
from problem_examples import batch, hosted, rows_of
from sklearn.metrics import accuracy_score, log_loss

import p2pbo
from p2pbo import InputError
from p2pbo.problems import PROBLEMS, ProblemContext
from p2pbo.problems.catalogue import logreg_hpo
from p2pbo.problems.classification.design_matrix import DenseFeatures

PARTITIONS = ["iid", "size", "dirichlet:0.3"]


def logreg(nodes=5, classes=3, partition="iid", test_fraction=0.0, **options):
    data = {"samples": 240, "features": 7, "classes": classes, "test_fraction": test_fraction}
    return PROBLEMS.make("logreg-hpo", ProblemContext(nodes, 0, "synthetic", data, partition), **options)


def held(problem, side):
    """(features, labels) of every node."""
    data = [getattr(node, side) for node in problem.nodes]
    return [(own["a"].numpy(), own["label"].numpy()) for own in data]


def evaluated(oracles, X, Y, V, upper=None, lower=None):
    at = oracles.lower(X, Y, lower)
    return [
        *oracles.upper(X, Y, upper),
        at.gy,
        *at.products(V),
        *oracles.losses(X, Y),
        *oracles.metrics(X, Y).values(),
    ]


@pytest.mark.parametrize("partition", PARTITIONS)
@pytest.mark.parametrize("classes", [2, 3, 10])
def test_dense_and_sparse_layouts_agree(classes, partition):
    dense, sparse = (
        logreg(classes=classes, partition=partition, features=layout) for layout in ("dense", "sparse")
    )
    rows = rows_of(dense)
    one, other = hosted(dense), hosted(sparse)
    drawn = [batch(counts, int(counts.min())) for counts in (one.upper_samples, one.lower_samples)]
    for batches in ((None, None), drawn):
        found = zip(evaluated(one, *rows, *batches), evaluated(other, *rows, *batches), strict=True)
        for value, same in found:
            np.testing.assert_allclose(value, same, rtol=1e-12, atol=1e-14)


@pytest.fixture
def wide(tmp_path):
    """100 rows × 100,000 columns with 3 non-zeros each."""
    columns = np.sort(np.random.default_rng(0).choice(99_999, (100, 3), replace=False), axis=1) + 1
    rows = (" ".join(f"{j}:1" for j in row) for row in columns)
    (tmp_path / "wide").write_text("".join(f"{i % 2} {row} 100000:0.5\n" for i, row in enumerate(rows)))
    return f"libsvm:{tmp_path / 'wide'}"


@pytest.mark.parametrize(
    ("layout", "data", "nodes", "sparse"),
    [
        ("dense", "wide", 2, False),
        ("auto", "wide", 2, True),
        ("dense", "a9a", 16, False),
        ("sparse", "synthetic", 2, True),
        ("auto", "synthetic", 16, False),
        ("auto", "a9a", 15, False),
        ("auto", "a9a", 16, True),
    ],
)
def test_the_layout_is_as_asked_or_sparse_for_many_nodes_or_columns_of_sparse_data(
    monkeypatch, wide, layout, data, nodes, sparse
):
    made, data = [], {"wide": wide}.get(data, data)
    for name in ("DenseFeatures", "SparseFeatures"):
        original = getattr(logreg_hpo, name)
        monkeypatch.setattr(logreg_hpo, name, lambda *given, o=original: made.append(o.__name__) or o(*given))
    hosted(PROBLEMS.make("logreg-hpo", ProblemContext(nodes, data=data), features=layout))
    assert set(made) == {"SparseFeatures" if sparse else "DenseFeatures"}


def test_a_run_is_the_same_dense_and_sparse():
    """To rounding; the seed decides the batches, the layout nothing."""
    dense, sparse = (
        p2pbo.run(
            data="a9a", nodes=4, steps=5, exact="off", problem={"name": "logreg-hpo", "features": layout}
        )
        for layout in ("dense", "sparse")
    )
    for name in ("x", "y"):
        np.testing.assert_allclose(
            getattr(dense.final, name), getattr(sparse.final, name), rtol=1e-9, atol=1e-14
        )
    assert np.ptp(dense.final.y) > 0.01


@pytest.mark.parametrize("problem", ["logreg-hpo", "hyper-representation", "data-cleaning", "loss-tuning"])
def test_dense_rows_that_do_not_fit_are_refused(monkeypatch, wide, problem):
    settings = {
        "logreg-hpo": {"features": "dense"},
        "loss-tuning": {"imbalance": 1},
        "hyper-representation": {"hidden": 10},
    }
    made = PROBLEMS.make(problem, ProblemContext(2, data=wide), **settings.get(problem, {}))
    size = 100 * 100_000 * (8 if problem == "logreg-hpo" else 16)  # as read, and as tensors
    monkeypatch.setattr("p2pbo.memory.available_memory", lambda: size - 1)
    with pytest.raises(
        InputError,
        match=f"data {wide} needs {size / 1e9:.3g} GB of memory for 100 × 100000 dense numbers, and 0",
    ):
        hosted(made)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("sparse", [False, True])
def test_dense_features_take_the_memory_of_their_entries(dtype, sparse):
    blocks = [np.eye(1000, 500)[:own] for own in (1000, 999)]
    if sparse:
        blocks = [scipy.sparse.csr_array(block) for block in blocks]
    tracemalloc.start()
    try:
        features = DenseFeatures(blocks, np.dtype(dtype))
        features.all().scores(np.ones((2, 1, 500), dtype))
        assert tracemalloc.get_traced_memory()[1] < 1.1 * 2 * 1000 * 500 * np.dtype(dtype).itemsize
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("partition", PARTITIONS)
@pytest.mark.parametrize("classes", [2, 3, 10])
def test_losses_and_accuracies_are_scikit_learns(classes, partition):
    problem = logreg(classes=classes, partition=partition)
    X, Y, _ = rows_of(problem)
    oracles = hosted(problem)
    f, g = oracles.losses(X, Y)
    accuracy = oracles.metrics(X, Y)["validation_accuracy"]
    penalty = (np.exp(X)[:, None] * Y.reshape(len(Y), classes, -1) ** 2).mean((1, 2))
    for side, found in (("upper", f), ("lower", g - penalty)):
        for i, (a, label) in enumerate(held(problem, side)):
            scores = a @ Y[i].reshape(classes, -1).T
            probability = scipy.special.softmax(scores, axis=1)
            assert found[i] == pytest.approx(log_loss(label, probability, labels=range(classes)), rel=1e-12)
            if side == "upper":
                assert accuracy[i] == pytest.approx(accuracy_score(label, scores.argmax(1)), rel=1e-12)


@pytest.mark.parametrize("partition", ["size", "dirichlet:0.3"])
def test_ragged_nodes_weigh_their_own_rows_alone(partition):
    """A full batch is the same as drawing all of a node's rows, node by node."""
    problem = logreg(partition=partition)
    X, Y, V = rows_of(problem)
    oracles = hosted(problem)
    assert len(set(oracles.lower_samples)) > 1
    full = evaluated(oracles, X, Y, V)
    for node in range(len(X)):
        own, row = hosted(problem, nodes=range(node, node + 1)), slice(node, node + 1)
        everything = [np.arange(counts[0])[None] for counts in (own.upper_samples, own.lower_samples)]
        drawn = evaluated(own, X[row], Y[row], V[row], *everything)
        for value, same in zip(full, drawn, strict=True):
            np.testing.assert_allclose(value[row], same, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("features", ["dense", "sparse"])
def test_large_scores_do_not_overflow(dtype, features):
    problem = logreg(features=features)
    X, Y, V = (rows.astype(dtype) for rows in rows_of(problem))
    oracles = hosted(problem, dtype)
    for value in evaluated(oracles, X, Y * dtype(1e6), V):
        assert np.isfinite(value).all()
    f, _ = oracles.losses(X, Y * dtype(1e6))
    slope = oracles.losses(X, Y * dtype(2e6))[0]
    np.testing.assert_allclose(slope, 2 * f, rtol=1e-4)  # far out the loss is linear


def test_at_zero_every_class_is_as_likely():
    problem = logreg(classes=10)
    X, Y, _ = rows_of(problem, scale=0.0)
    f, g = hosted(problem).losses(X, Y)
    np.testing.assert_allclose([f, g], np.log(10), rtol=1e-12)


def test_the_lipschitz_constant_is_reached_by_one_row_of_two_classes():
    """½‖a‖² + 2/(cd): the Hessian at y = 0 on the longest row, along (a, −a)."""
    problem = logreg(nodes=1, classes=2)
    (a, _), *_ = held(problem, "lower")
    longest = np.linalg.norm(a, axis=1).argmax()
    v = np.concatenate([a[longest], -a[longest]])
    v = v[None] / np.linalg.norm(v)
    X, Y, _ = rows_of(problem, scale=0.0)
    reached = np.linalg.norm(hosted(problem).lower(X, Y, np.array([[longest]])).hyy(v))
    longest_of_all = max(
        np.linalg.norm(rows, axis=1).max() for side in ("upper", "lower") for rows, _ in held(problem, side)
    )
    assert problem.lipschitz == pytest.approx(0.5 * longest_of_all**2 + 2 / 14)
    assert reached == pytest.approx(0.5 * np.linalg.norm(a[longest]) ** 2 + 2 / 14)


def test_test_accuracy_is_scikit_learns():
    problem = logreg(test_fraction=0.25)
    assert logreg().test is None
    from p2pbo.data import load

    test = load("synthetic", 0, samples=240, features=7, classes=3, test_fraction=0.25).test
    y = np.random.default_rng(1).standard_normal(21)
    predicted = (test.features @ y.reshape(3, 7).T).argmax(1)
    assert problem.test(np.zeros(7), y) == {
        "test_accuracy": pytest.approx(accuracy_score(test.labels, predicted))
    }


@pytest.mark.parametrize("nodes", [8, 1])
def test_a9a_is_dealt_to_all_nodes_and_split_30_70(nodes):
    problem = PROBLEMS.make("logreg-hpo", ProblemContext(nodes))
    oracles = hosted(problem)
    assert (problem.dim_x, problem.dim_y, len(problem.nodes)) == (123, 246, nodes)
    counts = oracles.upper_samples + oracles.lower_samples
    assert counts.sum() == 32_561
    assert set(counts) <= {32_561 // nodes, 32_561 // nodes + 1}
    assert abs(oracles.upper_samples - 0.3 * counts).max() <= 0.5
    assert oracles.upper_samples.sum() == 9768


@pytest.mark.parametrize(("nodes", "partition"), [(8, "iid"), (16, "size"), (16, "dirichlet:0.3")])
def test_a9a_sparse_and_dense_agree(nodes, partition):
    problems = [
        PROBLEMS.make("logreg-hpo", ProblemContext(nodes, partition=partition), features=layout)
        for layout in ("dense", "sparse", "auto")
    ]
    rows = rows_of(problems[0], scale=0.1)
    found = []
    for problem in problems:
        oracles = hosted(problem)
        size = min(50, oracles.upper_samples.min(), oracles.lower_samples.min())
        drawn = batch(oracles.upper_samples, size), batch(oracles.lower_samples, size)
        found.append([*evaluated(oracles, *rows), *evaluated(oracles, *rows, *drawn)])
    for dense, *others in zip(*found, strict=True):
        for other in others:
            np.testing.assert_allclose(other, dense, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("validation", [0, 1, -0.2, "half", float("nan")])
def test_the_validation_share_is_a_proper_fraction(validation):
    with pytest.raises(InputError, match=r"problem logreg-hpo: validation = .* is refused"):
        logreg(validation=validation)


def test_the_validation_share_is_kept():
    oracles = hosted(logreg(nodes=4, validation=0.5))
    assert oracles.upper_samples.tolist() == oracles.lower_samples.tolist() == [30] * 4


def test_the_binary_loss_is_scikit_learns_with_half_the_sum_of_the_ridge():
    problem = logreg(nodes=2, classes=2, loss="binary", test_fraction=0.2)
    assert (problem.dim_x, problem.dim_y) == (7, 7)
    X, Y, _ = rows_of(problem, scale=0.3)
    f, g = hosted(problem).losses(X, Y)
    penalty = 0.5 * (np.exp(X) * Y**2).sum(axis=1)
    for side, found in (("upper", f), ("lower", g - penalty)):
        expected = [
            log_loss(label, 1 / (1 + np.exp(-a @ y)), labels=[0, 1])
            for (a, label), y in zip(held(problem, side), Y, strict=True)
        ]
        np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert 0 <= problem.test(X[0], Y[0])["test_accuracy"] <= 1


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (
            {"classes": 3},
            "has 3 classes, and the binary loss tells two apart; use --set problem.loss=softmax",
        ),
        ({"classes": 2, "features": "sparse"}, "features sparse stores rows for closed forms"),
    ],
)
def test_the_binary_loss_refuses_what_it_cannot_take(options, error):
    with pytest.raises(InputError, match=error):
        logreg(loss="binary", **options)
