"""Modules as variables: which are refused, and that nodes share nothing but constants."""

import numpy as np
import pytest
import torch
from problem_examples import batch, hosted, rows_of
from torch import nn
from torch.nn.functional import cross_entropy

from p2pbo import InputError, NodeData, Problem

NODES = 3


def draw(*shape, seed):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


class Scaled(nn.Module):
    """A constant buffer, and a parameter that two layers share."""

    def __init__(self):
        super().__init__()
        self.register_buffer("scale", torch.tensor([1.0, 2.0, 3.0, 4.0], dtype=torch.float64))
        self.first, self.second = nn.Linear(4, 4), nn.Linear(4, 4)
        self.second.weight = self.first.weight

    def forward(self, inputs):
        return self.second(torch.tanh(self.first(inputs * self.scale)))


def worn(layer):
    """With statistics of other batches."""
    layer.running_mean += torch.arange(4)
    layer.running_var *= 3
    return layer


def filled(layer, **values):
    with torch.no_grad():
        for name, value in values.items():
            getattr(layer, name).copy_(torch.tensor(value))
    return layer


ACCEPTED = {
    "group norm": lambda: nn.Sequential(nn.Linear(4, 4), nn.GroupNorm(2, 4)),
    "layer norm": lambda: nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4), nn.Tanh()),
    "batch norm of the batch": lambda: nn.Sequential(
        nn.Linear(4, 4), nn.BatchNorm1d(4, track_running_stats=False)
    ),
    "weight norm": lambda: nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(4, 4))),
    "constant buffer": Scaled,
    "batch norm that is evaluated": lambda: nn.Sequential(nn.Linear(4, 4), worn(nn.BatchNorm1d(4))).eval(),
    "spectral norm that is evaluated": lambda: nn.Sequential(
        nn.utils.parametrizations.spectral_norm(nn.Linear(4, 4))
    ).eval(),
}

REFUSED = {
    "batch norm": (
        lambda: nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.BatchNorm1d(4))),
        r"x0\.1\.0 \(BatchNorm1d\) changes its buffers .*; use GroupNorm, track_running_stats=False, or call",
    ),
    "the whole module": (lambda: nn.BatchNorm2d(4), r"x0 \(BatchNorm2d\) changes"),
    "one of two": (
        lambda: nn.Sequential(nn.BatchNorm1d(4).eval(), nn.BatchNorm1d(4)),
        r"x0\.1 \(BatchNorm1d\) changes",
    ),
    "lazy": (
        lambda: nn.Sequential(nn.Tanh(), nn.LazyLinear(4)),
        r"x0\.1 \(LazyLinear\) has parameters without a shape; call it once on some rows before",
    ),
    "frozen everywhere": (
        lambda: nn.Linear(4, 4).requires_grad_(False),
        "x0 has nothing to train: requires_grad is False everywhere; leave it True for what is to be trained",
    ),
    "not a number": (
        lambda: filled(nn.Linear(4, 2), bias=[1.0, np.nan]),
        r"x0\['bias'\] holds nan at \[1\]; start from finite numbers",
    ),
    "instance norm": (
        lambda: nn.InstanceNorm1d(4, affine=True, track_running_stats=True),
        r"x0 \(InstanceNorm1d\) changes",
    ),
    "spectral norm": (
        lambda: nn.utils.parametrizations.spectral_norm(nn.Linear(4, 4)),
        r"x0\.parametrizations\.weight\.0 \(_SpectralNorm\) changes .*; use weight_norm instead",
    ),
}


def data(node, shift=0.0):
    return NodeData(*((draw(8, 4, seed=2 * node + s) + shift, torch.arange(8) % 3) for s in (0, 1)))


def problem(backbone, nodes=None):
    """Classification by a head y on a backbone x."""
    head = nn.Linear(4, 3)

    def loss(x, y, samples):
        inputs, labels = samples
        features = torch.func.functional_call(backbone, x, inputs)
        scores = torch.func.functional_call(head, y, features)
        return cross_entropy(scores, labels) + sum((value**2).sum() for value in y.values())

    return Problem(loss, loss, nodes=nodes or [data(i) for i in range(NODES)], x0=backbone, y0=head)


def evaluated(problem, X, Y, V, hosts=None):
    oracles, drawn = hosted(problem, nodes=hosts), batch(np.full(NODES, 8), 5)
    drawn = drawn[: len(X)] if hosts is None else drawn[hosts]
    lower = oracles.lower(X, Y, drawn)
    return [*oracles.upper(X, Y, drawn), lower.gy, *lower.products(V), *oracles.losses(X, Y)]


@pytest.mark.parametrize("kind", REFUSED)
def test_modules_that_cannot_be_variables_are_refused(kind):
    module, said = REFUSED[kind]
    with pytest.raises(InputError, match=said):
        problem(module())
    with pytest.raises(InputError, match=said.replace("x0", "y0")):
        Problem(lambda x, y, _: 0, lambda x, y, _: 0, nodes=[data(0)], dim_x=1, y0=module())


@pytest.mark.parametrize("kind", ACCEPTED)
def test_nodes_share_no_state(kind):
    """A node's rows are the same alone, again, and beside neighbours at other points with other data."""
    module = ACCEPTED[kind]().double()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    given = problem(module)
    X, Y, V = rows_of(given, scale=0.5)
    values = evaluated(given, X, Y, V)
    others = problem(module, [data(0), *(data(i, shift=5.0) for i in range(1, NODES))])
    moved = [np.vstack([rows[:1], 3 * rows[1:] + 1]) for rows in (X, Y, V)]
    beside = evaluated(others, *moved)
    again = evaluated(given, X, Y, V)
    alone = evaluated(given, X[:1], Y[:1], V[:1], range(1))
    for value, *same in zip(values, beside, again, alone, strict=True):
        assert np.abs(value).max() > 0
        for found in same:
            np.testing.assert_allclose(found[0], value[0], rtol=1e-10, atol=1e-12)
        assert not np.allclose(same[0][1:], value[1:])
    for name, value in module.state_dict().items():
        assert torch.equal(value, before[name])


def test_a_module_starts_the_run_and_its_shared_parameter_counts_once():
    module = Scaled()
    start = problem(module).x.start
    expected = [module.first.weight, module.first.bias, module.second.bias]
    np.testing.assert_array_equal(start, torch.cat([v.detach().ravel() for v in expected]).double().numpy())


def test_derivatives_through_modules_are_slopes_of_the_losses():
    given, h = problem(ACCEPTED["group norm"]()), 1e-5
    X, Y, V = rows_of(given, scale=0.5)
    U = rows_of(given, seed=1)[0]
    oracles = hosted(given)
    fx, fy = oracles.upper(X, Y, None)
    lower = oracles.lower(X, Y, None)
    hyy, hxy = lower.products(V)

    def slope(function):
        return (function(h) - function(-h)) / (2 * h)

    def product(A, B):
        return (A * B).sum(axis=1)

    def gy(X, Y):
        return oracles.lower(X, Y, None).gy

    def close(found, expected):
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)

    close(product(fx, U), slope(lambda t: oracles.losses(X + t * U, Y)[0]))
    close(product(fy, V), slope(lambda t: oracles.losses(X, Y + t * V)[0]))
    close(product(lower.gy, V), slope(lambda t: oracles.losses(X, Y + t * V)[1]))
    close(hyy, slope(lambda t: gy(X, Y + t * V)))
    close(product(hxy, U), slope(lambda t: product(gy(X + t * U, Y), V)))


def test_a_layer_that_is_set_to_train_later_is_refused_when_nodes_are_hosted():
    module = nn.BatchNorm1d(4).double().eval()
    given = problem(module)
    module.train()
    with pytest.raises(InputError, match=r"x0 \(BatchNorm1d\) changes its buffers in training"):
        hosted(given)


@pytest.mark.parametrize("form", [lambda module: module, lambda module: dict(module.named_parameters())])
def test_frozen_parameters_are_constants(form):
    """x holds the others; the losses get all of them, in their order and in the run's precision."""
    module, seen = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1)), []
    module[0].weight.requires_grad_(False)
    frozen = module[0].weight.detach().clone()

    def loss(x, y, a):
        seen.append({name: (value.shape, value.dtype) for name, value in x.items()})
        return (torch.func.functional_call(module, x, a) ** 2).mean() + (y**2).sum()

    data = [NodeData(*(draw(5, 3, seed=2 * i + s) for s in (0, 1))) for i in range(NODES)]
    given = Problem(loss, loss, nodes=data, x0=form(module), dim_y=1)
    named = dict(module.named_parameters())
    with torch.no_grad():
        module[0].weight.zero_()  # the problem has its own
    X, Y, _ = rows_of(given, scale=0.5)
    assert given.dim_x == 2 + 2 + 1
    for dtype in (np.float64, np.float32):
        oracles = hosted(given, dtype)
        fx, _ = oracles.upper(X, Y, None)
        for i, (x, node) in enumerate(zip(X.astype(dtype), data, strict=True)):
            a, own = node.upper.numpy().astype(dtype), frozen.numpy().astype(dtype)
            hidden = a @ own.T + x[:2]
            residual = hidden @ x[2:4] + x[4]
            expected = np.r_[2 * residual.mean() * x[2:4], 2 * (residual @ hidden) / 5, 2 * residual.mean()]
            np.testing.assert_allclose(fx[i], expected, rtol=1e-12 if dtype == np.float64 else 1e-4)
        wanted = torch.float64 if dtype == np.float64 else torch.float32
        assert list(seen[-1].items()) == [(name, (value.shape, wanted)) for name, value in named.items()]


def test_units_of_a_module_with_frozen_parameters_are_not_cut():
    module = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    module[0].bias.requires_grad_(False)
    given = Problem(lambda x, y, _: 0, lambda x, y, _: 0, nodes=[data(0)], dim_x=1, y0=module)
    with pytest.raises(
        InputError, match=r"y0\.0 \(Linear\) has parameters that stay as they are .*give units="
    ):
        _ = given.units
