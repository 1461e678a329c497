"""hyper-representation: its sizes, its start, its losses as modules compute them."""

import numpy as np
import pytest
import torch
from problem_examples import hosted
from torch import nn

from p2pbo import InputError
from p2pbo.data import Dataset, Samples, load
from p2pbo.problems import PROBLEMS, ProblemContext
from p2pbo.problems.catalogue import hyper_representation as catalogue

DATA = {"samples": 120, "features": 6, "classes": 3, "test_fraction": 0.25}


def hyper_representation(nodes=3, seed=0, data=DATA, **options):
    return PROBLEMS.make("hyper-representation", ProblemContext(nodes, seed, "synthetic", data), **options)


def images(monkeypatch, shape, classes=10, rows=40):
    """Lets every name of a data set stand for random images."""
    draw = np.random.default_rng(0)
    features = draw.random((rows, int(np.prod(shape))))
    samples = Samples(features, np.arange(rows, dtype=np.int64) % classes)
    monkeypatch.setattr(
        catalogue, "load", lambda *_, **__: Dataset("images", samples, samples, classes, shape)
    )


@pytest.mark.parametrize(
    ("shape", "network", "sizes"),
    [
        ((1, 28, 28), "mlp", (157_000, 2_010)),
        ((1, 28, 28), "lenet", (60_856, 850)),
        ((3, 32, 32), "lenet", (61_156, 850)),
    ],
)
def test_sizes_of_x_and_y(monkeypatch, shape, network, sizes):
    images(monkeypatch, shape)
    problem = hyper_representation(network=network)
    assert (problem.dim_x, problem.dim_y) == sizes


def test_lenet_takes_images_only():
    with pytest.raises(
        InputError, match=r"network lenet needs images, and data synthetic has none; use .*mlp"
    ):
        hyper_representation(network="lenet")


def test_the_start_is_seeded_and_torchs_own_randomness_is_left_alone():
    state = torch.random.get_rng_state()
    first = hyper_representation(seed=3)
    assert torch.equal(torch.random.get_rng_state(), state)
    torch.rand(5)
    again, other = hyper_representation(seed=3), hyper_representation(seed=4)
    for side in ("x", "y"):
        start = getattr(first, side).start
        np.testing.assert_array_equal(getattr(again, side).start, start)
        assert not np.isclose(getattr(other, side).start, start).any()
        assert len(np.unique(start)) == len(start)  # no two layers alike


def test_losses_are_those_of_torchs_modules():
    problem = hyper_representation(hidden=5, ridge=0.3)
    model = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3)).double()
    nn.utils.vector_to_parameters(
        torch.as_tensor(np.append(problem.x.start, problem.y.start)), model.parameters()
    )
    X, Y = (np.tile(part.start, (3, 1)) for part in (problem.x, problem.y))
    f, g = hosted(problem).losses(X, Y)
    for node, data in enumerate(problem.nodes):
        upper, lower = (
            nn.functional.cross_entropy(model(side["a"]), side["label"]).item()
            for side in (data.upper, data.lower)
        )
        assert f[node] == pytest.approx(upper, rel=1e-12)
        assert g[node] == pytest.approx(lower + 0.15 * (problem.y.start**2).sum(), rel=1e-12)


def test_test_accuracy_is_the_networks():
    problem = hyper_representation(hidden=5)
    assert hyper_representation(data={**DATA, "test_fraction": 0}).test is None
    x, y = (3 * np.random.default_rng(0).standard_normal(dim) for dim in (problem.dim_x, problem.dim_y))
    test = load("synthetic", 0, **DATA).test
    hidden = np.maximum(0, test.features @ x[:30].reshape(5, 6).T + x[30:])
    predicted = (hidden @ y[:15].reshape(3, 5).T + y[15:]).argmax(1)
    assert len(set(predicted)) > 1
    assert problem.test(x, y) == {"test_accuracy": pytest.approx((predicted == test.labels).mean())}


@pytest.mark.parametrize("setting", [{"ridge": 0}, {"hidden": 0}, {"network": "resnet"}, {"validation": 1}])
def test_settings_are_checked(setting):
    with pytest.raises(InputError, match=r"problem hyper-representation: .* is refused"):
        hyper_representation(**setting)


def test_lenet_learns(monkeypatch):
    """Ten steps of gradient descent on y lower g, and fx reaches every layer of x."""
    images(monkeypatch, (1, 8, 8), classes=2)
    problem = hyper_representation(network="lenet")
    oracles = hosted(problem)
    X, Y = (np.tile(part.start, (3, 1)) for part in (problem.x, problem.y))
    before = oracles.losses(X, Y)[1]
    for _ in range(10):
        Y = Y - 0.5 * oracles.lower(X, Y, None).gy
    assert (oracles.losses(X, Y)[1] < before).all()
    layers = problem.x.unflatten(torch.as_tensor(oracles.upper(X, Y, None)[0][0]))
    assert all(layer.abs().max() > 0 for layer in layers.values())
