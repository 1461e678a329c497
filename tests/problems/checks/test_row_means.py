"""Sums over rows are refused, whatever else a loss holds; means of any kind are not."""

import warnings

import numpy as np
import pytest
import torch
from problem_examples import hosted
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, dropout, normalize

from p2pbo import InputError, NodeData, Problem
from p2pbo.errors import Notice
from p2pbo.problems.checks.inspection import check_losses, random_losses

ROWS, WIDTH = 12, 4


def ridge(x, y):
    return (x.exp() * y**2).sum()


def residuals(y, batch):
    return (batch[0] @ y - batch[1]) ** 2


def standardised(x, y, batch):
    a = batch[0] - batch[0].mean(0)
    return residuals(y, (a / a.std(0), batch[1])).mean()  # with the unbiased deviation, which knows the count


def contrastive(x, y, batch):
    """InfoNCE between two views: each row's own among all rows."""
    views = [normalize(view * (1 + y), dim=1) for view in (batch[0], batch[0] + batch[1][:, None])]
    return cross_entropy(views[0] @ views[1].T / 0.2, torch.arange(len(batch[0])))


def pairs(x, y, batch):
    """The mean over pairs of different rows."""
    scores = batch[0] @ y
    count = len(scores)
    return torch.relu(1 - (scores[:, None] - scores) * (batch[1][:, None] - batch[1])).triu(1).sum() / (
        count * (count - 1)
    )


def of_a_fixed_shape(x, y, batch):
    return residuals(y, (batch[0].view(10, WIDTH), batch[1].view(10))).sum()


def proportional_hazards(x, y, batch):
    risk = batch[0] @ y
    return (torch.logcumsumexp(risk, 0) - risk).mean()


def worst(x, y, batch):
    return residuals(y, batch).max()


def weighted(x, y, batch):
    weight = torch.sigmoid(batch[1])
    return (weight * residuals(y, batch)).sum() / weight.sum()


def scatter(x, y, batch):
    """log det of the batch's covariance: nothing that is added up."""
    scaled = batch[0] * (1 + y)
    return torch.logdet(torch.cov(scaled.T) + torch.eye(WIDTH, dtype=y.dtype))


MEANS = {
    "mean": lambda x, y, batch: residuals(y, batch).mean(),
    "mean and ridge": lambda x, y, batch: residuals(y, batch).mean() + 1e3 * ridge(x, y),
    "ridge alone": lambda x, y, batch: ridge(x, y),
    "reduction of torch": lambda x, y, batch: binary_cross_entropy_with_logits(
        batch[0] @ y, torch.sigmoid(batch[1])
    ),
    "sum over the count": lambda x, y, batch: residuals(y, batch).sum() / len(batch[1]),
    "median": lambda x, y, batch: residuals(y, batch).median(),
    "root of a mean": lambda x, y, batch: residuals(y, batch).mean().sqrt(),
    "dropout": lambda x, y, batch: residuals(y, (dropout(batch[0], 0.5), batch[1])).mean(),
    "noise": lambda x, y, batch: residuals(y + torch.randn(WIDTH, dtype=y.dtype), batch).mean(),
    "nearly nothing but noise": lambda x, y, batch: torch.randn((), dtype=y.dtype) * y.sum(),
    "logarithm": lambda x, y, batch: residuals(y, batch).sum().log(),
    "standardised": standardised,
    "contrastive": contrastive,
    "contrastive with dropout": lambda x, y, batch: contrastive(x, y, (dropout(batch[0], 0.2), batch[1])),
    "pairs": pairs,
    "fixed shape": of_a_fixed_shape,
    "proportional hazards": proportional_hazards,
    "worst": worst,
    "weighted": weighted,
    "scatter": scatter,
}

SUMS = {
    "sum": lambda x, y, batch: residuals(y, batch).sum(),
    "sum and ridge": lambda x, y, batch: residuals(y, batch).sum() + 1e3 * ridge(x, y),
    "negative": lambda x, y, batch: -residuals(y, batch).sum() + ridge(x, y),
    "zero at zero": lambda x, y, batch: ((batch[0] @ y) ** 2).sum(),
    "over a number": lambda x, y, batch: residuals(y, batch).sum() / ROWS,
    "partly": lambda x, y, batch: residuals(y, batch).mean() + (batch[0] @ y).exp().sum(),
    "reduction of torch": lambda x, y, batch: binary_cross_entropy_with_logits(
        batch[0] @ y, torch.sigmoid(batch[1]), reduction="sum"
    ),
    "dropout that evaluates": lambda x, y, batch: residuals(
        y, (dropout(batch[0], 0.5, False), batch[1])
    ).sum(),
    "draws that change nothing": lambda x, y, batch: residuals(y, batch).sum() + 0 * torch.rand(()),
}

LIKELY = {
    "dropout": lambda x, y, batch: residuals(y, (dropout(batch[0], 0.5), batch[1])).sum(),
    "sum over pairs": lambda x, y, batch: (residuals(y, batch)[:, None] - residuals(y, batch)).abs().sum(),
}


def inspected(upper, lower, size, dtype=np.float64, x0=None):
    draw = np.random.default_rng(0)

    def rows():
        return draw.standard_normal((ROWS, WIDTH)), draw.standard_normal(ROWS)

    given = Problem(
        upper, lower, nodes=[NodeData(rows(), rows()) for _ in range(2)], dim_x=WIDTH, dim_y=WIDTH
    )
    oracles, at = hosted(given, dtype), (given.x.start, given.y.start, size)
    with warnings.catch_warnings(record=True) as noticed:
        warnings.simplefilter("always")
        oracles.draw_by_keys(random_losses(oracles.torch_losses, *at))
        check_losses(oracles.torch_losses, *at, twice=False)
    return [str(notice.message) for notice in noticed if notice.category is Notice]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", MEANS)
def test_means_of_batches_pass(name, dtype):
    assert inspected(MEANS[name], MEANS[name], 10, dtype) == []


@pytest.mark.parametrize("name", sorted(MEANS.keys() - {"fixed shape"}))
def test_means_of_all_rows_pass(name):
    assert inspected(MEANS[name], MEANS[name], None) == []


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("side", ["upper", "lower"])
@pytest.mark.parametrize("name", SUMS)
def test_sums_are_refused_where_batches_are_drawn(name, side, dtype):
    sides = {"upper": MEANS["mean"], "lower": MEANS["mean"], side: SUMS[name]}
    said = rf"the {side} loss is a sum over its rows, and no batch stands for all of them: 10 rows give"
    with pytest.raises(InputError, match=said):
        inspected(**sides, size=10, dtype=dtype)


@pytest.mark.parametrize("name", SUMS)
def test_sums_over_all_rows_are_worth_a_notice(name):
    (notice,) = inspected(MEANS["mean"], SUMS[name], None)
    assert notice.startswith(f"the lower loss grows with its rows like a sum: {ROWS} rows give ")


@pytest.mark.parametrize("size", [10, None])
@pytest.mark.parametrize("name", LIKELY)
def test_what_is_likely_a_sum_is_worth_a_notice(name, size):
    (notice,) = inspected(LIKELY[name], MEANS["mean"], size)
    assert notice.startswith("the upper loss grows with its rows like a sum: ")
    assert notice.endswith("; divide by the number of rows, as reduction='mean' does")
