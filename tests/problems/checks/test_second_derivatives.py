"""What torch cannot differentiate twice is an error that names the loss, and what it can is none."""

import warnings

import numpy as np
import pytest
import torch
from problem_examples import hosted, rows_of, small
from torch import nn
from torch.nn.functional import cross_entropy, max_pool1d

from p2pbo import InputError, NodeData, Problem
from p2pbo.errors import Notice
from p2pbo.problems.checks.inspection import check_losses, random_losses

ROWS, WIDTH = 8, 3


def ridge(x, y):
    return (x.exp() * y**2).sum()


def residuals(y, batch):
    return ((batch[0] @ y - batch[1]) ** 2).mean()


class ByNumpy(torch.autograd.Function):
    """Σ y⁴, whose backward is right and leaves the graph."""

    @staticmethod
    def forward(ctx, y):
        ctx.y = y.detach().numpy()
        return y.new_tensor((ctx.y**4).sum())

    @staticmethod
    def backward(ctx, gradient):
        return gradient * torch.from_numpy(4 * ctx.y**3)


class OnlyOnce(torch.autograd.Function):
    @staticmethod
    def forward(ctx, y):
        ctx.save_for_backward(y)
        return (y**4).sum()

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, gradient):
        (y,) = ctx.saved_tensors
        return gradient * 4 * y**3


class Saved(torch.autograd.Function):
    """Σ x y², which keeps its inputs in a way that torch does not follow."""

    @staticmethod
    def forward(ctx, x, y):
        ctx.x, ctx.y = x.detach(), y.detach()
        return (x * y**2).sum()

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.y**2, gradient * 2 * ctx.x * ctx.y


def flash(x, y, batch):
    """The kernel by its own name, which no mode of torch replaces."""
    a = batch[0].float().view(1, 1, ROWS, WIDTH) * y.float()
    out, _ = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(a, a, a)
    return (out.double() ** 2).mean()


LOST = {
    "a backward by numpy": (
        lambda x, y, batch: ByNumpy.apply(y),
        "torch loses how its gradient by y changes with x or y",
    ),
    "that and a ridge": (
        lambda x, y, batch: ByNumpy.apply(y) + 1e-2 * ridge(x, y),
        "torch loses how its gradient by y changes with y",
    ),
    "differentiable once": (
        lambda x, y, batch: OnlyOnce.apply(y) + ridge(x, y),
        "torch loses how its gradient by y changes with y",
    ),
    "saved beside the graph": (
        lambda x, y, batch: Saved.apply(x + 1, y) + (y**2).sum(),
        "torch loses how .* changes with",
    ),
    "a kernel": (
        flash,
        r"derivative for aten::_scaled_dot_product_flash_attention_for_cpu_backward is not implemented",
    ),
}


torch.manual_seed(0)
NET = nn.Sequential(
    nn.Linear(WIDTH, 50), nn.ReLU(), nn.Linear(50, 50), nn.LeakyReLU(), nn.Linear(50, 4)
).double()


def network(x, y, batch):
    """Piecewise linear in its weights, layer by layer, up to the cross-entropy."""
    scores = torch.func.functional_call(NET, y, (batch[0],))
    return cross_entropy(
        max_pool1d(scores[:, None], 2)[:, 0], (batch[1] > 0).long()
    ) + 1e-3 * x.exp().sum() * sum((value**2).sum() for value in y.values())


SOUND = {
    "ridge": lambda x, y, batch: residuals(y, batch) + ridge(x, y),
    "knows no x": lambda x, y, batch: residuals(y, batch),
    "linear in y": lambda x, y, batch: (batch[0] @ y).mean() + (x * y).sum(),
    "linear in y, knows no x": lambda x, y, batch: (batch[0] @ y).mean(),
    "kinks": lambda x, y, batch: (batch[0] @ y - batch[1]).abs().mean() + y.abs().sum() + (x * y**2).sum(),
    "hinge": lambda x, y, batch: torch.relu(1 - batch[1] * (batch[0] @ y)).mean() + ridge(x, y),
    "largest": lambda x, y, batch: (batch[0] @ y).max() + ridge(x, y),
    "steep": lambda x, y, batch: 1e6 * residuals(y, batch) + 1e-6 * ridge(x, y),
    "flat": lambda x, y, batch: 1e-9 * residuals(y, batch) + 1e-12 * ridge(x, y),
    "quartic": lambda x, y, batch: (y**4).sum() + residuals(y, batch) ** 2,
    "noise": lambda x, y, batch: residuals(y + torch.randn(WIDTH, dtype=y.dtype), batch) + ridge(x, y),
}


def problem(lower, y0=None):
    draw = np.random.default_rng(0)

    def rows():
        return draw.standard_normal((ROWS, WIDTH)), draw.standard_normal(ROWS)

    def upper(x, y, batch):
        return sum((value**2).sum() for value in (y.values() if isinstance(y, dict) else [y])) + x.sum()

    data = [NodeData(rows(), rows()) for _ in range(2)]
    return Problem(upper, lower, nodes=data, dim_x=WIDTH, dim_y=None if y0 else WIDTH, y0=y0)


def inspected(given, dtype=np.float64, twice=True, size=ROWS):
    oracles, at = hosted(given, dtype), (given.x.start, given.y.start, size)
    with warnings.catch_warnings(record=True) as noticed:
        warnings.simplefilter("always")
        oracles.draw_by_keys(random_losses(oracles.torch_losses, *at))
        check_losses(oracles.torch_losses, *at, twice)
    return [str(notice.message) for notice in noticed if notice.category is Notice]


@pytest.mark.parametrize("name", LOST)
def test_what_is_lost_is_an_error(name):
    lower, said = LOST[name]
    with pytest.raises(
        InputError, match=f"the lower loss cannot be differentiated twice.*{said}.*; use operations"
    ):
        inspected(problem(lower))


@pytest.mark.parametrize("name", LOST)
def test_methods_without_second_derivatives_take_it(name):
    given = problem(LOST[name][0])
    assert inspected(given, twice=False) == []
    X, Y, _ = rows_of(given)
    assert np.abs(hosted(given).lower(X, Y, None).gy).max() > 0


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", SOUND)
def test_what_torch_can_differentiate_twice_passes(name, dtype):
    assert inspected(problem(SOUND[name]), dtype) == []


def test_networks_of_kinks_pass():
    for dtype in (np.float64, np.float32):
        assert inspected(problem(network, NET), dtype) == []


@pytest.mark.parametrize(
    "case", ["hyper-representation", "few-shot, resnet12", "data-cleaning", "loss-tuning, mlp"]
)
def test_problems_of_the_catalogue_pass(case):
    given = small(case)
    assert inspected(given, size=None) == []


def test_the_wrong_hessian_is_found_in_single_precision_too():
    with pytest.raises(InputError, match="torch loses how its gradient by y changes with y"):
        inspected(
            problem(lambda x, y, batch: ByNumpy.apply(y.double()) + residuals(1 + y, batch)), np.float32
        )


@pytest.mark.parametrize(
    ("lower", "hidden"),
    [
        (lambda x, y, batch: residuals(y, batch) + (y.detach() * y).sum(), "y"),
        (lambda x, y, batch: residuals(y, batch) * float(1 + x.exp().sum()), "x"),
        (lambda x, y, batch: ridge(x, y) + float(np.square(y.detach().numpy() + 1).sum()), "y"),
    ],
)
def test_what_a_loss_hides_from_torch_is_worth_a_notice(lower, hidden):
    """It may be meant, as in temporal differences; the gradient is what the user wrote."""
    (notice,) = inspected(problem(lower))
    assert notice.startswith(
        f"the lower loss depends on {hidden} in a way that torch does not see; let torch compute"
    )


def test_products_are_never_silently_zero():
    """Of oracles that nobody has inspected, too: a gradient without a graph must be constant."""
    given = problem(LOST["a backward by numpy"][0])
    X, Y, V = rows_of(given)
    lower = hosted(given).lower(X, Y, None)
    np.testing.assert_allclose(lower.gy, 4 * Y**3)
    for product in (lower.products, lower.hyy, lower.hxy):
        with pytest.raises(InputError, match="the lower loss cannot be differentiated twice"):
            product(V)


@pytest.mark.parametrize("side", ["upper", "lower"])
def test_a_loss_without_a_gradient_is_refused(side):
    def constant(x, y, batch):
        return batch[0].mean() + float(y.sum())

    losses = {"upper": SOUND["ridge"], "lower": SOUND["ridge"], side: constant}
    given = Problem(**losses, nodes=problem(constant).nodes, dim_x=WIDTH, dim_y=WIDTH)
    with pytest.raises(
        InputError, match=f"the {side} loss has no gradient: torch sees neither x nor y in it; compute"
    ):
        inspected(given)
