"""Prototypes and maml on few-shot's tasks: losses, first-order gradients, test figures, and what they learn."""

from copy import deepcopy
from dataclasses import replace

import little_omniglot
import numpy as np
import pytest
import torch
from problem_examples import hosted, rows_of
from sklearn.neighbors import NearestCentroid
from torch import nn

from p2pbo import InputError
from p2pbo.data import Samples, load
from p2pbo.problems import PROBLEMS, ProblemContext
from p2pbo.problems.catalogue import few_shot as catalogue
from p2pbo.problems.few_shot.characters import Characters
from p2pbo.problems.few_shot.tasks import TaskSize
from p2pbo.problems.networks import conv4
from p2pbo.problems.submodels.masked_oracles import submodel_oracles
from p2pbo.randomness import generator

SIZE = {"size": 16}
SMALL = {"ways": 3, "shots": 2, "queries": 4, "tasks": 3, "test_tasks": 4, "width": 4}
VARIANTS = pytest.mark.parametrize("name", ["prototypes", "maml"])


def few_shot(nodes=2, seed=0, **options):
    return PROBLEMS.make(
        "few-shot", ProblemContext(nodes, seed, little_omniglot.data(), SIZE), **{**SMALL, **options}
    )


def parts():
    """The characters that nodes train on, and those of tests."""
    characters = Characters.of(load(little_omniglot.data(), **SIZE))
    return characters.split(0.6, generator(0, "few-shot/alphabets"))


class Network(nn.Module):
    """conv4 and a linear layer as a module, of one flat row of x and one of y."""

    def __init__(self, problem, x, y):
        super().__init__()
        named = {**problem.x.unflatten(torch.tensor(x)), **problem.y.unflatten(torch.tensor(y))}
        self.names = list(named)
        self.parts = nn.ParameterList(named.values())
        self.backbone = conv4((1, 16, 16), 4)

    def forward(self, drawings):
        rows = torch.as_tensor(drawings).double()
        theta = dict(zip(self.names, self.parts, strict=True))
        phi = self.backbone.represent(theta, rows)
        return nn.functional.linear(phi, theta["output.weight"], theta["output.bias"])


def sides(characters, own, support, query):
    """One task's ((drawings, label) of support, the same of queries)."""
    places = torch.arange(len(own))
    return [
        (
            characters.drawings[own[:, None], numbers].reshape(-1, 256),
            places.repeat_interleave(numbers.shape[1]),
        )
        for numbers in (support, query)
    ]


def adapted(network, support, steps, rate):
    """A copy of the network after ``steps`` steps of torch's own gradient descent on the support."""
    learner = deepcopy(network)
    descent = torch.optim.SGD(learner.parameters(), lr=rate)
    for _ in range(steps):
        descent.zero_grad()
        nn.CrossEntropyLoss()(learner(support[0]), support[1]).backward()
        descent.step()
    learner.zero_grad()
    return learner


def tasks_of(problem, node):
    rows = problem.nodes[node].upper
    return zip(*(rows[name].numpy() for name in ("character", "support", "query")), strict=True)


def test_prototypes_are_a_loop_over_tasks_and_distances():
    problem = few_shot().variant("prototypes")
    characters, _ = parts()
    X, Y, _ = rows_of(problem)
    f, _ = hosted(problem).losses(X, Y)
    for node in range(2):
        x = problem.x.unflatten(torch.as_tensor(X[node]))
        of_tasks = []
        for task in tasks_of(problem, node):
            phi, queries = (
                conv4((1, 16, 16), 4).represent(x, torch.as_tensor(drawings).double())
                for drawings, _ in sides(characters, *task)
            )
            prototypes = phi.view(3, 2, 4).mean(dim=1)
            distances = torch.stack([((queries - c) ** 2).sum(dim=1) for c in prototypes], dim=1)
            label = torch.arange(3).repeat_interleave(4)
            of_tasks.append(nn.CrossEntropyLoss()(-distances, label).item())
        assert f[node] == pytest.approx(np.mean(of_tasks), rel=1e-10)


@pytest.mark.parametrize(("steps", "rate"), [(1, 0.5), (3, 0.2)])
def test_maml_is_torchs_descent_and_its_gradient_the_one_after_it(steps, rate):
    problem = few_shot(maml_steps=steps, maml_rate=rate).variant("maml")
    characters, _ = parts()
    X, Y, _ = rows_of(problem, scale=0.5)
    oracles = hosted(problem)
    f, _ = oracles.losses(X, Y)
    fx, fy = oracles.upper(X, Y, None)
    for node in range(2):
        network, values, gradients = Network(problem, X[node], Y[node]), [], []
        for task in tasks_of(problem, node):
            support, (drawings, label) = sides(characters, *task)
            learner = adapted(network, support, steps, rate)
            loss = nn.CrossEntropyLoss()(learner(drawings), label)
            loss.backward()
            values.append(loss.item())
            gradients.append(np.concatenate([part.grad.numpy().ravel() for part in learner.parameters()]))
        assert f[node] == pytest.approx(np.mean(values), rel=1e-10)
        np.testing.assert_allclose(np.append(fx[node], fy[node]), np.mean(gradients, axis=0), atol=1e-12)


@VARIANTS
def test_they_learn_the_same_tasks_from_the_same_start(name):
    problem = few_shot()
    variant = problem.variant(name)
    np.testing.assert_array_equal(variant.x.start, problem.x.start)
    for own, other in zip(problem.nodes, variant.nodes, strict=True):
        np.testing.assert_array_equal(own.upper["character"], other.upper["character"])
        np.testing.assert_array_equal(own.upper["drawing"], other.upper["query"])
        np.testing.assert_array_equal(own.lower["drawing"], other.upper["support"])


@VARIANTS
def test_the_lower_loss_is_the_ridge(name):
    problem = few_shot(ridge=0.3).variant(name)
    X, Y, V = rows_of(problem)
    lower = hosted(problem).lower(X, Y, np.array([[0], [1]]))
    np.testing.assert_allclose(lower.gy, 0.3 * Y)
    np.testing.assert_allclose(lower.hyy(V), 0.3 * V)
    assert not lower.hxy(V).any()


def test_prototypes_have_no_use_for_y():
    problem = few_shot().variant("prototypes")
    X, Y, _ = rows_of(problem)
    assert Y.shape == (2, 1)
    assert not hosted(problem).upper(X, Y, None)[1].any()


def trial(tests):
    """The tasks of tests and each one's (support, query)."""
    tasks = TaskSize(3, 2, 18).draw(np.arange(len(tests)), 20, 4, generator(0, "few-shot/test tasks"))
    return [sides(tests, *task) for task in zip(tasks.characters, tasks.support, tasks.query, strict=True)]


def test_the_nearest_prototype_is_scikit_learns_nearest_centroid():
    problem = few_shot().variant("prototypes")
    X, Y, _ = rows_of(problem, seed=1)
    x = problem.x.unflatten(torch.as_tensor(X[0]))
    accuracies = []
    for task in trial(parts()[1]):
        support, query = (
            (conv4((1, 16, 16), 4).represent(x, torch.as_tensor(drawings).double()).numpy(), label.numpy())
            for drawings, label in task
        )
        accuracies.append(NearestCentroid().fit(*support).score(*query))
    assert len(set(accuracies)) > 1
    assert problem.test(X[0], Y[0]) == {"test_accuracy": pytest.approx(np.mean(accuracies))}


def test_mamls_figure_is_that_of_networks_adapted_to_each_test_task():
    problem = few_shot(maml_steps=3, maml_rate=0.2).variant("maml")
    X, Y, _ = rows_of(problem, scale=0.5, seed=1)
    network, accuracies = Network(problem, X[0], Y[0]), []
    for support, (drawings, label) in trial(parts()[1]):
        best = adapted(network, support, 3, 0.2)(drawings).argmax(dim=1)
        accuracies.append((best == label).double().mean().item())
    assert len(set(accuracies)) > 1
    found = problem.test(X[0], Y[0])["test_accuracy"]
    assert found == pytest.approx(np.mean(accuracies), abs=1 / (4 * 54) + 1e-9)


@VARIANTS
@pytest.mark.parametrize("kept", ["training", "tests"])
def test_nobody_sees_the_alphabets_of_others(monkeypatch, name, kept):
    """Without the ink of test alphabets f is the same, without that of the others the test figure is."""
    whole = load(little_omniglot.data(), **SIZE)
    is_training = np.isin(whole.groups, parts()[0].alphabets)[whole.train.labels]
    ink = is_training if kept == "training" else ~is_training
    blotted = replace(whole, train=Samples(whole.train.features * ink[:, None], whole.train.labels))
    problem = few_shot().variant(name)
    monkeypatch.setattr(catalogue, "load", lambda *_, **__: blotted)
    other = few_shot().variant(name)
    X, Y, _ = rows_of(problem)
    (f, _), (blotted_f, _) = (hosted(one).losses(X, Y) for one in (problem, other))
    assert np.array_equal(f, blotted_f) == (kept == "training")
    assert (problem.test(X[0], Y[0]) == other.test(X[0], Y[0])) == (kept == "tests")


@pytest.mark.parametrize("name", ["", "prototypes", "maml"])
def test_a_submodel_of_units_is_the_narrower_network(name):
    wide, narrow = (few_shot(width=width) for width in (6, 4))
    if name:
        wide, narrow = wide.variant(name), narrow.variant(name)
    kept = [{layer: np.array(units) for layer in wide.units.counts} for units in ([0, 2, 3, 5], [1, 2, 4, 5])]
    submodels = [tuple(wide.units.slice(v, getattr(wide, v).shapes, chosen) for v in "xy") for chosen in kept]
    X, Y, _ = rows_of(wide)
    found = submodel_oracles(hosted(wide), submodels).upper(X, Y, None)
    own = [
        np.stack([V[i, parts[v].entries] for i, parts in enumerate(submodels)]) for v, V in enumerate((X, Y))
    ]
    expected = hosted(narrow).upper(*own, None)
    for v in range(2):
        for row, parts, reference in zip(found[v], submodels, expected[v], strict=True):
            np.testing.assert_allclose(row[parts[v].entries], reference, atol=1e-12)
            assert not np.delete(row, parts[v].entries).any()


@VARIANTS
def test_it_learns_to_tell_new_characters_apart(name):
    problem = few_shot(ways=5, shots=1, queries=3, tasks=4, width=8, test_tasks=20).variant(name)
    oracles = hosted(problem, np.float32)
    x, y, seen = problem.x.start, problem.y.start, []
    for step in range(21):
        X, Y = (np.tile(v.astype(np.float32), (2, 1)) for v in (x, y))
        if step in (0, 20):
            seen.append((oracles.losses(X, Y)[0].mean(), problem.test(x, y)["test_accuracy"]))
        fx, fy = oracles.upper(X, Y, None)
        x, y = x - fx.mean(0), y - fy.mean(0)
    (f_before, before), (f_after, after) = seen
    assert f_after < 0.5 * f_before
    assert after > before + 0.2


@pytest.mark.parametrize(
    ("options", "said"), [({"maml_steps": 0}, "maml_steps = 0"), ({"maml_rate": 0}, "maml_rate = 0")]
)
def test_what_cannot_be_is_refused(options, said):
    with pytest.raises(InputError, match=f"^problem few-shot: {said} is refused"):
        few_shot(**options)
