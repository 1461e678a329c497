"""Networks of named tensors against torch's own modules."""

import math

import numpy as np
import pytest
import scipy.sparse
import torch
from torch import nn

from p2pbo import InputError
from p2pbo.data import Samples
from p2pbo.problems.networks import (
    conv4,
    evaluate,
    initial_parameters,
    lenet,
    linear,
    mlp,
    predictions,
    resnet12,
    squared_norm,
)
from p2pbo.randomness import generator


def parameters(backbone, classes, seed=0):
    layers = {**backbone.layers, **backbone.head(classes)}
    made = initial_parameters(layers, generator(seed, "test"))
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


class Normalised(nn.Module):
    """A convolution whose maps are centred, divided by one length an image, and moved, image by image."""

    def __init__(self, inputs, outputs, size):
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, size, padding=size // 2)

    def forward(self, images):
        return torch.stack([self.one(image) for image in images])

    def one(self, image):
        maps = nn.functional.conv2d(image, self.convolution.weight, padding=self.convolution.padding)
        variances = [m.var(unbiased=False) for m in maps]
        made = [(m - m.mean()) / (sum(variances) + 1e-5).sqrt() for m in maps]
        return torch.stack([m + b for m, b in zip(made, self.convolution.bias, strict=True)])


class Residual(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.one, self.two = Normalised(inputs, outputs, 3), Normalised(outputs, outputs, 3)
        self.three, self.shortcut = Normalised(outputs, outputs, 3), Normalised(inputs, outputs, 1)

    def forward(self, images):
        inner = self.three(self.two(self.one(images).relu()).relu())
        return nn.functional.max_pool2d((inner + self.shortcut(images)).relu(), 2)


def conv4_modules(shape, width, flat):
    blocks = [
        nn.Sequential(Normalised(inputs, width, 3), nn.ReLU(), nn.MaxPool2d(2))
        for inputs in (shape[0], width, width, width)
    ]
    return [nn.Unflatten(1, shape), *blocks, nn.Flatten(), nn.Linear(flat, 3)]


def resnet12_modules(shape, widths):
    blocks = [Residual(*sides) for sides in zip((shape[0], *widths), widths, strict=False)]
    return [nn.Unflatten(1, shape), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], 3)]


NETWORKS = {
    "linear": (linear(7), [nn.Linear(7, 3)]),
    "mlp": (mlp(7, 5), [nn.Linear(7, 5), nn.ReLU(), nn.Linear(5, 3)]),
    "lenet 3×32×32": (lenet((3, 32, 32)), lenet_modules((3, 32, 32), 0, 0, 400)),
    "lenet 1×28×28": (lenet((1, 28, 28)), lenet_modules((1, 28, 28), 2, 2, 400)),
    "lenet 2×36×30": (lenet((2, 36, 30)), lenet_modules((2, 36, 30), 0, 1, 16 * 6 * 5)),
    "conv4 1×28×28": (conv4((1, 28, 28), 4), conv4_modules((1, 28, 28), 4, 4)),
    "conv4 3×16×39": (conv4((3, 16, 39), 2), conv4_modules((3, 16, 39), 2, 2 * 1 * 2)),
    "resnet12 1×28×28": (resnet12((1, 28, 28), 8), resnet12_modules((1, 28, 28), (1, 2, 4, 8))),
    "resnet12 3×33×17": (resnet12((3, 33, 17), 5), resnet12_modules((3, 33, 17), (1, 1, 2, 5))),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_scores_and_their_gradients_are_those_of_torchs_modules(name):
    backbone, modules = NETWORKS[name]
    model = nn.Sequential(*modules).double()
    named = parameters(backbone, 3)
    for own, tensor in zip(model.parameters(), named.values(), strict=True):
        own.data = tensor.clone()
        tensor.requires_grad_()
    inputs = math.prod(modules[0].unflattened_size) if "×" in name else 7
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


IMAGE = (1, 28, 28)


def without_channels(named, kept):
    """The parameters of a narrower conv4: the first ``kept`` channels of every block."""
    first = {"conv1.weight": (slice(kept),)}
    return {
        name: value[first.get(name, (slice(kept), slice(kept))[: value.ndim])]
        for name, value in named.items()
    }


def test_a_masked_conv4_is_a_narrower_one():
    backbone, narrow = conv4(IMAGE, 6), conv4(IMAGE, 4)
    named = {
        name: torch.as_tensor(v)
        for name, v in initial_parameters(backbone.layers, generator(0, "test")).items()
    }
    cut = without_channels(named, 4)
    assert {name: tuple(value.shape) for name, value in cut.items() if name.endswith("weight")} == {
        f"{name}.weight": shape for name, shape in narrow.layers.items()
    }
    masked = {name: torch.zeros_like(value) for name, value in named.items()}
    for name, value in without_channels(masked, 4).items():
        value += cut[name]  # a view of the masked tensor
    rows = torch.as_tensor(np.random.default_rng(0).random((3, 784)))
    expected = narrow.represent(cut, rows)
    torch.testing.assert_close(backbone.represent(masked, rows)[:, :4], expected, rtol=1e-12, atol=1e-13)
    assert (backbone.represent(masked, rows)[:, 4:] == 0).all()
    torch.testing.assert_close(backbone.represent(cut, rows), expected)  # shapes alone say how wide it is
    assert not torch.allclose(backbone.represent(named, rows)[:, :4], expected)


def test_a_masked_resnet12_is_a_narrower_one():
    backbone = resnet12(IMAGE, 16)
    named = {
        name: torch.as_tensor(v)
        for name, v in initial_parameters(backbone.layers, generator(0, "test")).items()
    }
    masked = {name: value.clone() for name, value in named.items()}
    cut = dict(named)
    for part in ("weight", "bias"):  # channel 3 of the second block's first convolution
        masked[f"block2.conv1.{part}"][3] = 0
        cut[f"block2.conv1.{part}"] = named[f"block2.conv1.{part}"][:3]
    cut["block2.conv2.weight"] = named["block2.conv2.weight"][:, :3]
    rows = torch.as_tensor(np.random.default_rng(0).random((3, 784)))
    torch.testing.assert_close(backbone.represent(masked, rows), backbone.represent(cut, rows))
    assert not torch.allclose(backbone.represent(masked, rows), backbone.represent(named, rows))


@pytest.mark.parametrize("network", [conv4, resnet12])
def test_a_representation_does_not_depend_on_the_images_beside_it(network):
    backbone = network(IMAGE, 8)
    named = {
        name: torch.as_tensor(v)
        for name, v in initial_parameters(backbone.layers, generator(0, "test")).items()
    }
    rows = np.random.default_rng(0).random((7, 784))
    whole = evaluate(lambda block: backbone.represent(named, block), rows)
    assert whole.shape == (7, backbone.width)
    for at_once in (1, 3):
        found = evaluate(lambda block: backbone.represent(named, block), rows, at_once)
        np.testing.assert_allclose(found, whole, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("network", [conv4, resnet12])
@pytest.mark.parametrize("blank", [{}, {"weight"}, {"weight", "bias"}])
def test_blank_paper_and_masked_weights_have_derivatives(network, blank):
    """The gradient, and the second derivatives that hxy needs, are finite where maps are constant."""
    backbone = network(IMAGE, 8)
    named = {
        name: torch.as_tensor(0 * v if name.split(".")[-1] in blank else v).requires_grad_()
        for name, v in initial_parameters(backbone.layers, generator(0, "test")).items()
    }
    phi = backbone.represent(named, torch.zeros(2, 784, dtype=torch.float64))
    gradients = torch.autograd.grad((phi**2).sum(), named.values(), create_graph=True)
    second = torch.autograd.grad(sum((g**2).sum() for g in gradients), named.values(), materialize_grads=True)
    assert all(value.isfinite().all() for value in (phi, *gradients, *second))


@pytest.mark.parametrize("network", [conv4, resnet12])
@pytest.mark.parametrize(("height", "width"), [(15, 28), (28, 15), (1, 1)])
def test_images_that_nothing_would_be_left_of_are_refused(network, height, width):
    said = f"network {network.__name__} needs images of 16 × 16 pixels or more, not {height} × {width}; use larger"
    with pytest.raises(InputError, match=said):
        network((1, height, width), 8)


def test_the_start_is_distributed_like_torchs():
    made = initial_parameters({"one": (300, 40), "two": (50, 3, 5, 5)}, generator(0, "test"))
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


def test_wide_rows_are_evaluated_few_at_once(monkeypatch):
    rows = scipy.sparse.random_array((50, 100), density=0.1, format="csr", rng=np.random.default_rng(0))
    seen = []

    def total(a):
        seen.append(a.shape)
        return a.sum(1, keepdim=True)

    monkeypatch.setattr("p2pbo.problems.networks.backbone.MOST_AT_ONCE", 8 * 100 * 20)
    np.testing.assert_allclose(evaluate(total, rows)[:, 0], rows.toarray().sum(1), rtol=1e-14)
    assert seen == [(20, 100), (20, 100), (10, 100)]
    monkeypatch.setattr("p2pbo.problems.networks.backbone.MOST_AT_ONCE", 1)
    np.testing.assert_allclose(evaluate(total, rows)[:, 0], rows.toarray().sum(1), rtol=1e-14)
    assert seen[-1] == (1, 100)
