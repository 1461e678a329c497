"""synthetic-linear: what is drawn, for whom, and the two papers' losses."""

import numpy as np
import pytest
from problem_examples import hosted
from scipy import stats

from p2pbo import InputError
from p2pbo.problems import PROBLEMS, ProblemContext
from p2pbo.problems.catalogue.synthetic_linear import LinearNodeData
from p2pbo.problems.classification import binary
from p2pbo.problems.classification.labelled_data import longest_row

ROWS = {"features": 8, "train": 3000, "validation": 2000, "test": 100}
VARIANTS = ["zhang2023", "he2024"]


def synthetic_linear(nodes=4, seed=0, **options):
    return PROBLEMS.make("synthetic-linear", ProblemContext(nodes, seed), **{**ROWS, **options})


def distribution(variant, k):
    """What the entries of worker k's rows (from 1) are drawn from."""
    if k % 2:
        return stats.chi2(k)
    return stats.norm(0, k if variant == "he2024" else 1)


@pytest.mark.parametrize("variant", VARIANTS)
def test_workers_have_the_papers_distributions(variant):
    nodes = synthetic_linear(variant=variant).nodes
    for node in range(4):
        expected = distribution(variant, node + 1)
        for side in (nodes.upper, nodes.lower):
            a = side(node).features
            deviation = expected.std() / np.sqrt(a.size)
            assert abs(a.mean() - expected.mean()) < 4 * deviation
            assert a.var() == pytest.approx(expected.var(), rel=0.1)
            assert stats.kstest(a.ravel(), expected.cdf).pvalue > 1e-3


@pytest.mark.parametrize("variant", VARIANTS)
def test_test_rows_are_standard_gaussian(variant):
    nodes = synthetic_linear(variant=variant).nodes
    assert nodes.test.features.shape == (400, 8)
    assert stats.kstest(nodes.test.features.ravel(), stats.norm.cdf).pvalue > 1e-3


def test_labels_are_signs_with_a_little_noise():
    """Certain where |wᵀa| is large; near the hyperplane wrong with probability Φ(−|wᵀa|/0.1)."""
    nodes = LinearNodeData("zhang2023", 4, 0, 8, 60_000, 10, 10)
    assert nodes.w.shape == (8,)
    for rows in (nodes.lower(1), nodes.lower(2), nodes.test):
        margin = rows.features @ nodes.w
        wrong = (margin > 0) != rows.labels
        assert not wrong[abs(margin) > 0.6].any()
    rows = nodes.lower(1)
    margin = rows.features @ nodes.w
    wrong = ((margin > 0) != rows.labels).sum()
    chance = stats.norm.cdf(-abs(margin) / 0.1)
    assert wrong > 100
    assert abs(wrong - chance.sum()) < 4 * np.sqrt((chance * (1 - chance)).sum())


def test_no_two_draws_are_alike():
    """Nodes, parts and seeds have streams of their own; asked again, a node has the same rows."""
    first, other = (synthetic_linear(seed=seed).nodes for seed in (0, 1))
    drawn = [first.upper(1), first.lower(1), first.upper(3), first.test, other.upper(1)]
    corners = [rows.features[0, 0] for rows in drawn]
    assert len(set(corners)) == len(corners)
    np.testing.assert_array_equal(first.upper(1).features, drawn[0].features)
    assert not np.isclose(first.w, other.w).any()


@pytest.mark.parametrize(
    ("variant", "train", "validation", "dim_y"),
    [
        ("zhang2023", 6250, 6250, 400),
        ("he2024", 500, 500, 200),
    ],
)
def test_sizes_are_the_papers(variant, train, validation, dim_y):
    problem = PROBLEMS.make("synthetic-linear", ProblemContext(2), variant=variant)
    oracles = hosted(problem)
    assert (problem.dim_x, problem.dim_y) == (200, dim_y)
    assert oracles.lower_samples.tolist() == [train] * 2
    assert oracles.upper_samples.tolist() == [validation] * 2
    assert (problem.test is None) == (variant == "he2024")
    if variant == "zhang2023":
        assert len(problem.nodes.test) == 2000


def test_he2024s_losses_are_the_binary_ones():
    problem = synthetic_linear(variant="he2024", train=40, validation=30)
    assert (problem.upper, problem.lower) == (binary.upper_loss, binary.lower_loss)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_hyperplane_itself_classifies_nearly_all_test_rows(variant):
    problem = synthetic_linear(variant=variant)
    w = problem.nodes.w
    y = w if variant == "he2024" else np.concatenate([-w, w])
    right, wrong = (problem.test(np.zeros(8), point)["test_accuracy"] for point in (y, -y))
    assert right > 0.95
    assert wrong == pytest.approx(1 - right)


@pytest.mark.parametrize("rows", [{"train": 300, "validation": 2}, {"train": 2, "validation": 300}])
@pytest.mark.parametrize(
    ("variant", "curvature", "ridge", "steepness"),
    [
        ("zhang2023", 0.5, 2 / 16, np.sqrt(2)),
        ("he2024", 0.25, 1, 1),
    ],
)
def test_bounds_follow_the_longest_row_of_any_node(variant, curvature, ridge, steepness, rows):
    problem = synthetic_linear(variant=variant, **rows)
    nodes = problem.nodes
    longest = max(
        np.linalg.norm(side(node).features, axis=1).max()
        for node in range(4)
        for side in (nodes.upper, nodes.lower)
    )
    assert longest > longest_row(nodes.upper(1))
    assert problem.lipschitz == pytest.approx(curvature * longest**2 + ridge)
    assert problem.convexity == pytest.approx(ridge)
    assert problem.slope == pytest.approx(steepness * longest)


@pytest.mark.parametrize("setting", [{"train": 0}, {"features": 0}, {"test": -1}, {"variant": "he2023"}])
def test_settings_are_checked(setting):
    with pytest.raises(InputError, match=r"problem synthetic-linear: .* is refused"):
        synthetic_linear(**setting)
