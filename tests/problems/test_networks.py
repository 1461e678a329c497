"""Networks of named tensors against torch's own modules."""

import math

import numpy as np
import pytest
import scipy.sparse
import torch
from torch import nn

from p2pbo.data import Samples
from p2pbo.problems.networks import lenet, linear, mlp, predictions, squared_norm, start
from p2pbo.randomness import generator


def parameters(backbone, classes, seed=0):
    layers = {**backbone.layers, **backbone.head(classes)}
    made = start(layers, generator(seed, "test"))
    return {name: torch.as_tensor(value) for name, value in made.items()}


def lenet_modules(shape, top, left, flat):
    """LeNet-5 as it is written with modules; ``top`` and ``left`` are the border on either side."""
    return [
        nn.Unflatten(1, shape),
        nn.ZeroPad2d((left, left, top, top)),
        nn.Conv2d(shape[0], 6, 5),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(flat, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, 3),
    ]


NETWORKS = {
    "linear": (linear(7), [nn.Linear(7, 3)]),
    "mlp": (mlp(7, 5), [nn.Linear(7, 5), nn.ReLU(), nn.Linear(5, 3)]),
    "lenet 3×32×32": (lenet((3, 32, 32)), lenet_modules((3, 32, 32), 0, 0, 400)),
    "lenet 1×28×28": (lenet((1, 28, 28)), lenet_modules((1, 28, 28), 2, 2, 400)),
    "lenet 2×36×30": (lenet((2, 36, 30)), lenet_modules((2, 36, 30), 0, 1, 16 * 6 * 5)),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_scores_and_their_gradients_are_those_of_torchs_modules(name):
    backbone, modules = NETWORKS[name]
    model = nn.Sequential(*modules).double()
    named = parameters(backbone, 3)
    for own, tensor in zip(model.parameters(), named.values(), strict=True):
        own.data = tensor.clone()
        tensor.requires_grad_()
    inputs = math.prod(modules[0].unflattened_size) if name.startswith("lenet") else 7
    rows = torch.as_tensor(np.random.default_rng(0).standard_normal((6, inputs)))
    found, expected = backbone.scores(named, rows), model(rows)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-13)
    for value in (found, expected):
        (value**2).sum().backward()
    for own, tensor in zip(model.parameters(), named.values(), strict=True):
        torch.testing.assert_close(tensor.grad, own.grad, rtol=1e-10, atol=1e-12)


def test_an_odd_border_is_split_as_evenly_as_can_be():
    """A 1×31×32 image gets one row, below."""
    backbone = lenet((1, 31, 32))
    whole, named = lenet((1, 32, 32)), parameters(backbone, 3)
    rows = torch.as_tensor(np.random.default_rng(0).standard_normal((2, 1, 31, 32)))
    below = torch.cat([rows, torch.zeros(2, 1, 1, 32)], dim=2)
    torch.testing.assert_close(backbone.scores(named, rows.flatten(1)), whole.scores(named, below.flatten(1)))


def test_sizes_are_the_papers():
    """157,000 and 2,010 parameters of 784-200-10 (He 2024); 61,706 of LeNet-5 with every map joined to every other."""

    def size(layers):
        return sum(math.prod(shape) + shape[0] for shape in layers.values())

    for backbone, sizes in ((mlp(784, 200), (157_000, 2_010)), (lenet((1, 32, 32)), (60_856, 850))):
        assert (size(backbone.layers), size(backbone.head(10))) == sizes


def test_the_start_is_distributed_like_torchs():
    made = start({"one": (300, 40), "two": (50, 3, 5, 5)}, generator(0, "test"))
    assert {name: value.shape for name, value in made.items()} == {
        "one.weight": (300, 40),
        "one.bias": (300,),
        "two.weight": (50, 3, 5, 5),
        "two.bias": (50,),
    }
    for layer, reference in (("one", nn.Linear(40, 300)), ("two", nn.Conv2d(3, 50, 5))):
        for part in ("weight", "bias"):
            own, theirs = made[f"{layer}.{part}"], getattr(reference, part).detach().numpy()
            assert abs(own).max() == pytest.approx(abs(theirs).max(), rel=0.1)
            assert own.std() == pytest.approx(theirs.std(), rel=0.25)
            assert abs(own.mean()) < 0.2 * abs(own).max()


@pytest.mark.parametrize("kind", [np.asarray, scipy.sparse.csr_array])
def test_predictions_do_not_depend_on_how_many_rows_go_at_once(kind):
    rows = np.random.default_rng(1).standard_normal((23, 7))
    backbone = mlp(7, 5)
    named = parameters(backbone, 3)
    samples = Samples(kind(rows), np.zeros(23, np.int64))
    expected = backbone.scores(named, torch.as_tensor(rows)).argmax(1).numpy()
    assert len(set(expected)) > 1
    for at_once in (5, 23, 1000):
        found = predictions(lambda block: backbone.scores(named, block), samples, at_once)
        np.testing.assert_array_equal(found, expected)


def test_the_squared_norm_is_over_all_tensors():
    assert squared_norm({"a": torch.tensor([[3.0, 4.0]]), "b": torch.tensor([2.0])}).item() == 29
