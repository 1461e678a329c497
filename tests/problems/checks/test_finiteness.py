"""Rows and starts that are not finite are named before a run, unless the loss knows what to do with them."""

import numpy as np
import pytest
import torch
from problem_examples import hosted

from p2pbo import InputError, NodeData, Problem
from p2pbo.problems.checks.inspection import check_losses, random_losses

NODES, ROWS, WIDTH = 3, 6, 2


def plain(x, y, samples):
    return ((samples["a"] @ y - samples["b"]) ** 2).mean() + (x * y**2).sum()


def passing_over(x, y, samples):
    known = ~samples["b"].isnan()
    error = torch.where(known, samples["a"] @ y - samples["b"].nan_to_num(), 0.0)
    return (error**2).sum() / known.sum() + (x * y**2).sum()


def nan_in_the_gradient_alone(x, y, samples):
    error = samples["a"] @ y - samples["b"]
    return torch.where(error.isnan(), 0.0, error**2).mean() + (x * y**2).sum()


def data(node, side, name, entry, value):
    """Nodes' rows, one entry of which is ``value``."""
    draw = np.random.default_rng(0)
    sides = [
        {
            s: {"a": draw.standard_normal((ROWS, WIDTH)), "b": draw.standard_normal(ROWS)}
            for s in ("upper", "lower")
        }
        for _ in range(NODES)
    ]
    sides[node][side][name][entry] = value
    return [NodeData(**both) for both in sides]


def inspected(nodes, size=2, loss=plain, hosts=range(NODES), dtype=np.float64, **start):
    given = Problem(loss, loss, nodes=nodes, dim_x=WIDTH, dim_y=WIDTH, **start)
    losses, at = hosted(given, dtype, hosts).torch_losses, (given.x.start, given.y.start, size)
    assert random_losses(losses, *at) == frozenset()
    if hosts.start == 0:
        check_losses(losses, *at, twice=True)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("side", ["upper", "lower"])
@pytest.mark.parametrize(
    ("name", "entry", "value"),
    [("a", (4, 1), np.nan), ("b", 5, np.inf), ("b", 0, -np.inf), ("a", (2, 0), 1e39)],
)
def test_a_row_that_is_not_finite_is_named(name, entry, value, side, dtype):
    """Also one that the first batch does not hold; 1e39 is infinite in single precision."""
    nodes, row = data(1, side, name, entry, value), entry if isinstance(entry, int) else entry[0]
    if value == 1e39 and dtype == np.float64:
        inspected(nodes, dtype=dtype)
        return
    found = "inf" if value == 1e39 else str(value)
    said = rf"{side} data of node 1 holds {found} in row {row} of \['{name}'\], which makes the {side} loss .*; mend"
    for hosts in (range(NODES), range(1, 2)):
        with pytest.raises(InputError, match=said):
            inspected(nodes, hosts=hosts, dtype=dtype)
    inspected(nodes, hosts=range(1), dtype=dtype)  # another rank's node


def test_a_loss_may_know_of_what_is_missing():
    inspected(data(2, "upper", "b", 3, np.nan), loss=passing_over)
    inspected(
        data(0, "lower", "a", (1, 0), np.inf),
        loss=lambda x, y, samples: plain(x, y, {**samples, "a": samples["a"].clamp(-9, 9)}),
    )


def test_a_gradient_that_minds_counts_too():
    nodes = data(2, "upper", "b", 3, np.nan)
    with pytest.raises(InputError, match="upper data of node 2 holds nan in row 3"):
        inspected(nodes, loss=nan_in_the_gradient_alone)


def test_the_tensor_of_a_tuple_or_alone_is_named_too():
    def loss(x, y, samples):
        a = samples if isinstance(samples, torch.Tensor) else samples[0]
        return ((a @ y) ** 2).mean() + (x * y**2).sum()

    bad = np.ones((ROWS, WIDTH))
    bad[4, 1] = np.nan
    for structure, said in ((bad, "row 4, which"), ((bad, np.ones(ROWS)), r"row 4 of \[0\], which")):
        with pytest.raises(InputError, match=f"lower data of node 0 holds nan in {said}"):
            inspected([NodeData(upper=np.ones((ROWS, WIDTH)), lower=structure)] * NODES, loss=loss)


def good():
    return data(0, "upper", "a", (0, 0), 1.0)


@pytest.mark.parametrize("size", [2, None])
def test_a_loss_that_is_not_finite_at_the_start_is_named(size):
    def loss(x, y, samples):
        return plain(x, y, samples) + y.log().sum()

    with pytest.raises(
        InputError, match="the upper loss of node 0 is -inf at the start; start elsewhere by x0 and y0"
    ):
        inspected(good(), size, loss)
    inspected(good(), size, loss, y0=np.ones(WIDTH))


def test_a_gradient_that_is_not_finite_at_the_start_is_named():
    def loss(x, y, samples):
        return plain(x, y, samples) + (y**2).sum().sqrt()

    said = r"the upper loss has nan in its gradient by y at the start \(entry 0\); start elsewhere by y0, or mend"
    with pytest.raises(InputError, match=said):
        inspected(good(), loss=loss)
    inspected(good(), loss=loss, y0=np.ones(WIDTH))


def test_an_error_of_the_loss_says_where_it_was_raised():
    def loss(x, y, samples):
        return plain(x, y[:1], samples)

    with pytest.raises(RuntimeError, match="size mismatch") as raised:
        inspected(good(), loss=loss)
    assert raised.value.__notes__ == ["raised by the upper loss of node 0, before the first step"]
