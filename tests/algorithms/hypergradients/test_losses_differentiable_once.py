"""Losses that torch can differentiate once: what trains on them, what is left out, and what is refused."""

import numpy as np
import pytest
import torch
from stepping import oracles_and_sampler
from torch.autograd.function import once_differentiable

import p2pbo
from p2pbo import InputError, NodeData, Problem
from p2pbo.algorithms import PARTS
from p2pbo.problems import ClosedForm


class Square(torch.autograd.Function):
    """y², whose backward cannot be differentiated; it says when it is asked for a graph."""

    graphs = 0

    @staticmethod
    def forward(ctx, y):
        ctx.save_for_backward(y)
        return y * y

    @staticmethod
    @once_differentiable
    def backward(ctx, slope):
        (y,) = ctx.saved_tensors
        return 2 * y * slope


def ridge(x, y, batch, square=Square.apply):
    a, b = batch
    return ((a @ y - b) ** 2).mean() + (x.exp() * square(y)).sum()


def upper(x, y, batch):
    return ((batch[0] @ y - batch[1]) ** 2).mean()


def kernel_problem(lower=ridge, nodes=4, **known):
    draw = torch.Generator().manual_seed(0)
    a = torch.randn(nodes, 8, 3, generator=draw, dtype=torch.float64)
    data = [NodeData((own, own.sum(1)), (own, own.sum(1))) for own in a]
    return Problem(upper, lower, nodes=data, dim_x=3, dim_y=3, **known)


@pytest.mark.parametrize("algorithm", ["dsgda-gt", "f2sa", "d-soba-fo"])
def test_a_loss_that_is_differentiable_once_is_trained(algorithm):
    """As one of the same values with all derivatives is."""
    smooth = kernel_problem(lambda x, y, batch: ridge(x, y, batch, torch.square))
    found, expected = (
        p2pbo.run(problem=given, algorithm=algorithm, topology="ring", steps=20, exact="off")
        for given in (kernel_problem(), smooth)
    )
    losses = found.values("upper_loss")
    assert losses[-1] < losses[0] / 2
    # differences divide the rounding of gradients, which CPUs do in their own order, by a short distance
    np.testing.assert_allclose(found.final.x, expected.final.x, rtol=1e-10)


def test_figures_that_second_derivatives_make_are_left_out_or_refused():
    known = {"convexity": 1.0}  # so that "auto" would solve
    trace = p2pbo.run(problem=kernel_problem(**known), algorithm="dsgda-gt", steps=1)
    assert "hypergradient_norm" not in trace.metrics
    with pytest.raises(InputError, match="--exact on solves by second derivatives, which torch has not"):
        p2pbo.run(problem=kernel_problem(**known), algorithm="dsgda-gt", steps=1, exact="on")
    smooth = kernel_problem(lambda x, y, batch: ridge(x, y, batch, torch.square), **known)
    trace = p2pbo.run(problem=smooth, algorithm="dsgda-gt", steps=1)
    assert "hypergradient_norm" in trace.metrics


def test_no_graph_of_derivatives_is_made():
    """Nobody saves a tensor while a gradient is computed."""
    given = kernel_problem(lambda x, y, batch: ridge(x, y, batch, torch.square), nodes=1)
    oracles, _ = oracles_and_sampler(given)
    saved = []

    def saving(ask):
        saved.clear()
        with torch.autograd.graph.saved_tensors_hooks(lambda t: saved.append(1) or t, lambda t: t):
            ask(np.ones((1, 3)), np.ones((1, 3)), None)
        return len(saved)

    with torch.autograd.graph.saved_tensors_hooks(lambda t: saved.append(1) or t, lambda t: t):
        given.lower(
            *(torch.ones(3, dtype=torch.float64, requires_grad=True) for _ in "xy"), given.nodes[0].lower
        )
    forward = len(saved)
    assert saving(oracles.lower) > forward
    assert saving(oracles.lower_gradients) == forward


FORM = {
    "fx": lambda X, Y, held: 0 * X,
    "fy": lambda X, Y, held: Y,
    "gy": lambda X, Y, held: 2 * Y - X,
    "hyy": lambda X, Y, held, V: 2 * V,
    "hxy": lambda X, Y, held, V: -V,
}


def closed_problem(lower, **form):
    rows = torch.zeros(2, 3, dtype=torch.float64)

    def f(x, y, batch):
        return (y**2).sum() / 2 + 0 * batch.sum()

    nodes = [NodeData(rows, rows) for _ in range(2)]
    return Problem(f, lower, nodes=nodes, dim_x=3, dim_y=3, y0=np.ones(3), oracles=ClosedForm(**FORM, **form))


def test_closed_forms_without_gx_take_that_of_torch():
    def g(x, y, batch):
        return (y**2).sum() - x @ y + 0 * batch.sum()

    with_gx, without = (
        p2pbo.run(problem=closed_problem(g, **more), algorithm="dsgda-gt", steps=10)
        for more in ({"gx": lambda X, Y, held: -Y}, {})
    )
    np.testing.assert_allclose(with_gx.final.x, without.final.x, rtol=1e-12)
    assert (with_gx.final.x != 0).any()


def test_closed_forms_without_gx_are_refused_where_torch_has_none():
    def g(x, y, batch):
        return torch.as_tensor((y.detach().numpy() ** 2).sum() - x.detach().numpy() @ y.detach().numpy())

    p2pbo.run(problem=closed_problem(g), algorithm="d-soba", steps=2)
    with pytest.raises(InputError, match="the lower loss has no gradient: torch sees neither x nor y in it"):
        p2pbo.run(problem=closed_problem(g), algorithm="d-soba-fo", steps=2)


def test_what_has_second_derivatives_says_so():
    asking = {name for name in PARTS["hypergradient"] if PARTS["hypergradient"][name].make.second_derivatives}
    assert asking == {"cg", "neumann", "tracked"}
