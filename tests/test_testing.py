"""check_oracles: right oracles pass, and a mistake in any of them is named together with its node."""

import numpy as np
import pytest
import torch

from p2pbo import NodeData, Problem
from p2pbo.problems import PROBLEMS, ClosedForm, ProblemContext
from p2pbo.testing import OracleMismatch, check_oracles


def upper_loss(x, y, batch):
    return ((batch["c"] @ y - (x**2).sum()) ** 2).mean()


def lower_loss(x, y, batch):
    inputs, targets = batch
    return ((inputs @ y - targets) ** 2).mean() + (x.exp() * y**2).sum()


def residual(X, Y, batch):
    return np.einsum("ksd,kd->ks", batch["c"], Y) - (X**2).sum(1, keepdims=True)


FORMS = {
    "fx": lambda X, Y, batch: -4 * X * residual(X, Y, batch).mean(1, keepdims=True),
    "fy": lambda X, Y, batch: 2 * (residual(X, Y, batch)[:, :, None] * batch["c"]).mean(1),
    "gy": lambda X, Y, batch: (
        2
        * np.einsum("ksd,ks->kd", batch[0], np.einsum("ksd,kd->ks", batch[0], Y) - batch[1])
        / batch[0].shape[1]
        + 2 * np.exp(X) * Y
    ),
    "hyy": lambda X, Y, batch, V: (
        2 * np.einsum("ksd,kse,ke->kd", batch[0], batch[0], V) / batch[0].shape[1] + 2 * np.exp(X) * V
    ),
    "hxy": lambda X, Y, batch, V: 2 * np.exp(X) * Y * V,
    "gx": lambda X, Y, batch: np.exp(X) * Y**2,
}


def ridge(counts=(6, 6, 6), **wrong):
    """A problem of three nodes whose closed form is right but for what ``wrong`` replaces."""
    draw = torch.Generator().manual_seed(0)

    def normal(*shape):
        return torch.randn(*shape, generator=draw, dtype=torch.float64)

    nodes = [NodeData({"c": normal(n + 2, 4)}, (normal(n, 4), normal(n))) for n in counts]
    form = ClosedForm(**{**FORMS, **wrong})
    return Problem(upper_loss, lower_loss, nodes=nodes, dim_x=4, dim_y=4, oracles=form)


@pytest.mark.parametrize("counts", [(6, 6, 6), (3, 7, 5), (1, 1, 9)])
def test_right_oracles_pass(counts):
    errors = check_oracles(ridge(counts))
    assert set(errors) == {*FORMS, "f", "g", "products' hyy", "products' hxy", "lower gradients' gy"}
    assert max(errors.values()) < 1e-12


@pytest.mark.parametrize("counts", [(6, 6, 6), (3, 7, 5)])
@pytest.mark.parametrize("oracle", FORMS)
@pytest.mark.parametrize("factor", [-1.0, 1 + 1e-6, 0.0, float("nan")])
def test_a_wrong_oracle_is_named(oracle, counts, factor):
    def wrong(*arguments):
        return factor * FORMS[oracle](*arguments)

    with pytest.raises(OracleMismatch, match=rf"^{oracle} of node \d is off by"):
        check_oracles(ridge(counts, **{oracle: wrong}))


def test_the_node_is_named():
    def wrong(X, Y, batch):
        gradient = FORMS["fy"](X, Y, batch)
        gradient[1] += 1
        return gradient

    with pytest.raises(OracleMismatch, match="fy of node 1 is off by"):
        check_oracles(ridge(fy=wrong))


def test_an_oracle_that_forgets_the_batch_is_caught():
    """Right on all rows, wrong on drawn ones."""
    full = ridge().host(range(3), np.dtype(float))

    with pytest.raises(OracleMismatch, match="gy of node"):
        check_oracles(ridge(gy=lambda X, Y, batch: full.lower(X, Y, None).gy))


def test_an_oracle_that_is_wrong_on_all_rows_alone_is_caught():
    def wrong(X, Y, batch):
        return FORMS["gy"](X, Y, batch) + (batch[0].shape[1] == 6)

    with pytest.raises(OracleMismatch, match="gy of node"):
        check_oracles(ridge(gy=wrong))


@pytest.mark.parametrize(
    "wrong", [lambda X, Y, batch: X[:, :3], lambda X, Y, batch: X[..., None], lambda X, Y, batch: X[0]]
)
def test_a_wrong_shape_is_named(wrong):
    with pytest.raises(OracleMismatch, match=r"fx has shape \(.*\), autograd's has \(3, 4\)"):
        check_oracles(ridge(fx=wrong))


def test_tolerance_and_seed():
    def slightly(*arguments):
        return (1 + 1e-7) * FORMS["gy"](*arguments)

    with pytest.raises(OracleMismatch, match="above 1e-09"):
        check_oracles(ridge(gy=slightly))
    assert 1e-8 < check_oracles(ridge(gy=slightly), tolerance=1e-6)["gy"] < 1e-6


def test_the_seed_moves_points_and_batches():
    seen = []

    def spy(X, Y, batch):
        seen.append((X.tobytes(), batch["c"].tobytes()))
        return FORMS["fx"](X, Y, batch)

    for seed in (1, 1, 2):
        check_oracles(ridge(fx=spy), seed=seed)
    (_, (point, rows)), again, (_, (other_point, other_rows)) = seen[:2], seen[2:4], seen[4:]
    assert again[1] == (point, rows)
    assert other_point != point
    assert other_rows != rows


def test_a_problem_without_closed_forms_agrees_with_itself():
    quadratic = PROBLEMS.make("quadratic", ProblemContext(2))
    dims = {"dim_x": quadratic.dim_x, "dim_y": quadratic.dim_y}
    plain = Problem(quadratic.upper, quadratic.lower, nodes=quadratic.nodes, **dims)
    assert set(check_oracles(plain).values()) == {0.0}
