"""Losses are evaluated alike in every mode of torch, and attention can be differentiated twice."""

from contextlib import nullcontext

import numpy as np
import pytest
import torch
from problem_examples import batch, hosted, rows_of
from torch import nn
from torch.backends import cuda, mha
from torch.nn.functional import cross_entropy, scaled_dot_product_attention

import p2pbo
from p2pbo import NodeData, Problem

MODES = {"plain": nullcontext, "no_grad": torch.no_grad, "inference": torch.inference_mode}


def ridge(x, y, samples):
    a, b = samples
    return ((a @ y - b) ** 2).mean() + (x.exp() * y**2).sum()


def problem():
    draw = torch.Generator().manual_seed(0)

    def rows(count):
        a = torch.randn(count, 3, dtype=torch.float64, generator=draw)
        return a, a.sum(1)

    return Problem(
        ridge, ridge, nodes=[NodeData(rows(5), rows(6)) for _ in range(3)], dim_x=3, dim_y=3, lipschitz=20.0
    )


@pytest.mark.parametrize("mode", MODES)
def test_a_run_is_the_same_in_every_mode(mode):
    expected = p2pbo.run(problem=problem(), steps=3, settings={"eta": 0.05, "batch": 4})
    with MODES[mode]():
        was = torch.is_grad_enabled(), torch.is_inference_mode_enabled()
        found = p2pbo.run(problem=problem(), steps=3, settings={"eta": 0.05, "batch": 4})
        assert (torch.is_grad_enabled(), torch.is_inference_mode_enabled()) == was
    for name in ("upper_loss", "final_x", "final_y"):
        np.testing.assert_array_equal(found.values(name), expected.values(name))


@pytest.mark.parametrize("made", MODES)
@pytest.mark.parametrize("used", MODES)
def test_oracles_that_are_made_in_one_mode_serve_in_another(made, used):
    X, Y, V = rows_of(problem())
    with MODES[made]():
        oracles = hosted(problem())
    with MODES[used]():
        lower = oracles.lower(X, Y, None)
        hyy, hxy = lower.products(V)
    np.testing.assert_allclose(hxy, X * 0 + 2 * np.exp(X) * Y * V, rtol=1e-12)
    for i, node in enumerate(problem().nodes):
        a = node.lower[0].numpy()
        H = 2 * a.T @ a / len(a) + np.diag(2 * np.exp(X[i]))
        np.testing.assert_allclose(hyy[i], H @ V[i], rtol=1e-12)


class Attention(nn.Module):
    """What ``nn.MultiheadAttention`` calls, without its Python around it."""

    def __init__(self):
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(4, 4, bias=False) for _ in range(3))

    def forward(self, a):
        return scaled_dot_product_attention(self.query(a), self.key(a), self.value(a), is_causal=True)


class SelfAttention(nn.MultiheadAttention):
    def __init__(self):
        super().__init__(4, 2, batch_first=True)

    def forward(self, a):
        return super().forward(a, a, a, need_weights=False)[0]


LAYERS = {
    "attention": Attention,
    "multihead": SelfAttention,
    "transformer": lambda: nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=True),
    "evaluated transformer": lambda: nn.TransformerEncoderLayer(4, 2, 8, batch_first=True).eval(),
    "encoder": lambda: nn.TransformerEncoder(
        nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=True, activation="gelu"), 2
    ),
}


@pytest.mark.filterwarnings(
    "ignore:There is a performance drop because we have not yet implemented the batching rule"
)
@pytest.mark.parametrize("name", LAYERS)
def test_attention_has_the_derivatives_that_its_losses_slopes_say(name):
    torch.manual_seed(0)
    layer = LAYERS[name]().double()

    def f(x, y, samples):
        a, label = samples
        return cross_entropy(torch.func.functional_call(layer, y, (a,)).mean(1) * x, label)

    def g(x, y, samples):
        return f(x, y, samples) + x.exp()[0] * sum((value**2).sum() for value in y.values())

    draw = torch.Generator().manual_seed(1)

    def rows():
        return torch.randn(6, 5, 4, dtype=torch.float64, generator=draw), torch.arange(6) % 4

    given = Problem(f, g, nodes=[NodeData(rows(), rows()) for _ in range(2)], x0=np.ones(4), y0=layer)
    X, Y, V = (0.3 * rows for rows in rows_of(given))
    oracles, drawn, h = hosted(given), batch(np.full(2, 6), 4), 1e-5
    lower = oracles.lower(X, Y, drawn)
    hyy, hxy = lower.products(V)

    def slope(function):
        return (function(h) - function(-h)) / (2 * h)

    def gy(t, s):
        return oracles.lower(X + t, Y + s * V, drawn).gy

    np.testing.assert_allclose(hyy, slope(lambda t: gy(0, t)), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(hxy.sum(1), slope(lambda t: (gy(t, 0) * V).sum(1)), rtol=1e-5, atol=1e-6)
    fx, fy = oracles.upper(X, Y, None)
    np.testing.assert_allclose((fy * V).sum(1), slope(lambda t: oracles.losses(X, Y + t * V)[0]), rtol=1e-6)
    np.testing.assert_allclose(fx.sum(1), slope(lambda t: oracles.losses(X + t, Y)[0]), rtol=1e-6, atol=1e-8)


def test_kernels_are_chosen_again_as_they_were():
    read = (
        cuda.flash_sdp_enabled,
        cuda.mem_efficient_sdp_enabled,
        cuda.math_sdp_enabled,
        mha.get_fastpath_enabled,
    )
    cuda.enable_flash_sdp(True)
    cuda.enable_mem_efficient_sdp(False)
    try:
        before = [enabled() for enabled in read]
        seen = []

        def loss(x, y, samples):
            seen.append([enabled() for enabled in read])
            return ridge(x, y, samples)

        given = problem()
        oracles = hosted(Problem(loss, loss, nodes=given.nodes, dim_x=3, dim_y=3))
        X, Y, _ = rows_of(given)
        oracles.upper(X, Y, None), oracles.lower(X, Y, None), oracles.losses(X, Y)
        assert [enabled() for enabled in read] == before == [True, False, True, True]
        assert all(inside == [False, False, True, False] for inside in seen)
    finally:
        cuda.enable_mem_efficient_sdp(True)
