"""few-shot: its losses task by task, its test figure, what it learns, and what it refuses."""

import math
from dataclasses import replace
from pathlib import Path

import little_omniglot
import numpy as np
import pytest
import torch
from problem_examples import hosted, rows_of
from sklearn.linear_model import LogisticRegression
from torch import nn

import p2pbo
from p2pbo import InputError
from p2pbo.data import Samples, load
from p2pbo.problems import PROBLEMS, ProblemContext
from p2pbo.problems.catalogue import few_shot as catalogue
from p2pbo.problems.few_shot.characters import Characters
from p2pbo.problems.few_shot.evaluation import EvaluationTasks
from p2pbo.problems.few_shot.tasks import TaskSize
from p2pbo.problems.networks import conv4
from p2pbo.randomness import generator

SIZE = {"size": 16}
SMALL = {"ways": 3, "shots": 2, "queries": 4, "tasks": 5, "test_tasks": 4, "width": 4}
SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
REAL = [SHARED / f"omniglot_background_small{number}.zip" for number in (1, 2)]


def few_shot(nodes=3, seed=0, data=None, data_options=SIZE, **options):
    instance = ProblemContext(nodes, seed, data or little_omniglot.data(), data_options)
    return PROBLEMS.make("few-shot", instance, **{**SMALL, **options})


def parts(seed=0, fraction=0.6):
    """The characters that nodes train on, and those of tests."""
    characters = Characters.of(load(little_omniglot.data(), **SIZE))
    return characters.split(fraction, generator(seed, "few-shot/alphabets"))


BACKBONE = conv4((1, 16, 16), 4)


def represented(problem, x, drawings):
    return BACKBONE.represent(problem.x.unflatten(torch.as_tensor(x)), torch.as_tensor(drawings).double())


def test_losses_are_those_of_a_loop_over_tasks():
    problem = few_shot(ridge=0.3)
    characters, _ = parts()
    X, Y, _ = rows_of(problem)
    f, g = hosted(problem).losses(X, Y)
    for node, data in enumerate(problem.nodes):
        W = torch.as_tensor(Y[node]).view(len(characters), 4)
        means = []
        for side in (data.upper, data.lower):
            of_tasks = []
            for own, numbers in zip(side["character"].tolist(), side["drawing"].tolist(), strict=True):
                head = nn.Linear(4, 3, bias=False).double()
                head.weight.data = math.sqrt(len(characters) / 3) * W[own]
                entropies = [
                    nn.CrossEntropyLoss()(
                        head(represented(problem, X[node], characters.drawings[character, number])),
                        torch.tensor([place]),
                    ).item()
                    for place, character in enumerate(own)
                    for number in numbers[place]
                ]
                of_tasks.append(np.mean(entropies))
            means.append(np.mean(of_tasks))
        assert f[node] == pytest.approx(means[0], rel=1e-10)
        assert g[node] == pytest.approx(means[1] + 0.15 * (Y[node] ** 2).sum(), rel=1e-10)


def test_only_the_rows_of_a_nodes_own_characters_matter():
    """The softmax runs over a task's characters alone: other rows of y change neither f nor its gradient."""
    problem = few_shot()
    X, Y, V = rows_of(problem)
    oracles = hosted(problem)
    rows = len(parts()[0])
    own = np.array([np.isin(np.arange(rows), data.upper["character"]) for data in problem.nodes])
    assert (own.sum(axis=0) <= 1).all()
    others = np.repeat(~own, 4, axis=1)
    fx, fy = oracles.upper(X, Y, None)
    assert (fy[others] == 0).all()
    assert (fy.reshape(3, rows, 4)[own] != 0).any(axis=1).all()
    moved = Y + 10 * V * others
    np.testing.assert_array_equal(oracles.losses(X, moved)[0], oracles.losses(X, Y)[0])
    np.testing.assert_array_equal(oracles.upper(X, moved, None)[0], fx)


@pytest.mark.parametrize("ways", [2, 3])
def test_the_start_knows_nothing(ways):
    problem = few_shot(ways=ways)
    assert not problem.y.start.any()
    X, Y = (np.tile(part.start, (3, 1)) for part in (problem.x, problem.y))
    np.testing.assert_allclose(hosted(problem).losses(X, Y), math.log(ways), rtol=1e-12)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("kept", ["training", "tests"])
def test_nobody_sees_the_alphabets_of_others(monkeypatch, seed, kept):
    """Without the ink of test alphabets f and g are the same, without that of the others the test figure is."""
    whole = load(little_omniglot.data(), **SIZE)
    training, _ = parts(seed)
    is_training = np.isin(whole.groups, training.alphabets)[whole.train.labels]
    ink = is_training if kept == "training" else ~is_training
    blotted = replace(whole, train=Samples(whole.train.features * ink[:, None], whole.train.labels))
    problem = few_shot(seed=seed)
    monkeypatch.setattr(catalogue, "load", lambda *_, **__: blotted)
    other = few_shot(seed=seed)
    X, Y, _ = rows_of(problem)
    figures = [(hosted(one).losses(X, Y), one.test(X[0], Y[0])) for one in (problem, other)]
    (losses, accuracy), (blotted_losses, blotted_accuracy) = figures
    assert np.array_equal(losses, blotted_losses) == (kept == "training")
    assert (accuracy == blotted_accuracy) == (kept == "tests")


def test_sharing_drawings_among_tasks_changes_no_number():
    """All tasks at once represent a drawing once; the mean over tasks taken one by one is the same."""
    problem = few_shot(tasks=6)
    X, Y, _ = rows_of(problem)
    oracles = hosted(problem)
    whole = oracles.upper(X, Y, None)
    alone = [oracles.upper(X, Y, np.full((3, 1), task)) for task in range(6)]
    for found, expected in zip(whole, zip(*alone, strict=True), strict=True):
        np.testing.assert_allclose(found, np.mean(expected, axis=0), rtol=1e-9, atol=1e-12)


def test_test_accuracy_is_that_of_heads_fitted_by_scikit_learn():
    problem = few_shot(ridge=0.05)
    _, tests = parts()
    x = problem.x.start
    phi = represented(problem, x, tests.drawings.reshape(-1, 256)).view(len(tests), 20, 4).numpy()
    size = TaskSize(3, 2, 18)  # all other drawings, whatever ``queries`` says
    tasks = size.draw(np.arange(len(tests)), 20, 4, generator(0, "few-shot/test tasks"))
    accuracies = []
    for own, support, query in zip(tasks.characters, tasks.support, tasks.query, strict=True):
        shown = np.concatenate([phi[c, d] for c, d in zip(own, support, strict=True)])
        model = LogisticRegression(C=1 / (len(shown) * 0.05), fit_intercept=False, tol=1e-8, max_iter=5000)
        model.fit(shown, np.repeat(np.arange(3), 2))
        asked = np.concatenate([phi[c, d] for c, d in zip(own, query, strict=True)])
        accuracies.append(model.score(asked, np.repeat(np.arange(3), 18)))
    assert len(set(accuracies)) > 1
    found = problem.test(x, problem.y.start)
    assert found == {"test_accuracy": pytest.approx(np.mean(accuracies), abs=1 / (4 * 54) + 1e-9)}
    assert problem.test(x, problem.y.start + 7) == found  # y is of the training characters


def test_every_test_task_counts_and_is_seeded():
    _, tests = parts()
    one, again, other = (
        EvaluationTasks(tests, TaskSize.of(tests, 3, 1), 50, seed).tasks for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one.query, again.query)
    assert not np.array_equal(one.query, other.query)
    assert set(one.characters.ravel()) == set(range(len(tests)))


@pytest.mark.parametrize("network", ["conv4", "resnet12"])
def test_the_backbone_can_be_chosen(network):
    problem = few_shot(network=network, width=16)
    first = {"conv4": "conv1.weight", "resnet12": "block1.conv1.weight"}[network]
    assert problem.x.shapes[first] == ((16 if network == "conv4" else 2), 1, 3, 3)
    assert problem.dim_y == 10 * 16
    assert (problem.convexity, problem.lipschitz) == (0.01, None)


def test_it_learns_to_tell_new_characters_apart():
    trace = p2pbo.run(
        problem={"name": "few-shot", **SMALL, "ways": 5, "shots": 1, "width": 8, "test_tasks": 60},
        data={"name": little_omniglot.data(), **SIZE},
        nodes=2,
        algorithm="nc-soba",
        settings={"alpha": 1.0, "beta": 2.0, "gamma": 2.0},
        steps=30,
        log_every=30,
        threads=1,
        dtype="float32",
    )
    before, after = trace["test_accuracy"].values
    f = trace["upper_loss"].values
    assert f[1] < 0.5 * f[0]
    assert after > before + 0.15


def test_new_characters_of_the_real_alphabets():
    if not all(path.is_file() for path in REAL):
        pytest.skip(f"the subsets of Omniglot are not in {SHARED}")
    data = f"omniglot:{','.join(map(str, REAL))}"
    problem = few_shot(10, data=data, ways=5, shots=1, width=2, test_tasks=10, data_options=SIZE)
    assert len(problem.nodes) == 10
    untrained = problem.test(problem.x.start, problem.y.start)["test_accuracy"]
    assert 0.2 < untrained < 0.6


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"data": "a9a", "data_options": {}},
            "data a9a has no characters of alphabets; use --data omniglot:PATH",
        ),
        (
            {"data_options": {"size": 12}},
            "network conv4 needs images of 16 × 16 pixels or more, not 12 × 12; use",
        ),
        (
            {"data_options": {"size": 15}, "network": "resnet12"},
            "network resnet12 needs images of 16 × 16 pixels",
        ),
        (
            {"data_options": {**SIZE, "test_fraction": 0.1}},
            "data omniglot has between .* drawings of a character",
        ),
        (
            {"shots": 20},
            r"3-way 20-shot tasks need 20 \+ 4 drawings of a character, and there are 20; use shots",
        ),
        ({"nodes": 4}, "4 nodes cannot have 3 characters each out of 10 to train on; use --nodes 3 or fewer"),
        (
            {"nodes": 1, "ways": 6},
            "6-way tasks need more than the 5 characters of the test alphabets; use a smaller",
        ),
        ({"ways": 1}, "problem few-shot: ways = 1 is refused"),
        ({"shots": 0}, "problem few-shot: shots = 0 is refused"),
        ({"train_alphabets": 1}, "problem few-shot: train_alphabets = 1 is refused"),
        ({"network": "lenet"}, "problem few-shot: network = 'lenet' is refused"),
        ({"ridge": 0}, "problem few-shot: ridge = 0 is refused"),
    ],
)
def test_what_cannot_be_is_refused(options, said):
    with pytest.raises(InputError, match=f"^{said}"):
        few_shot(**options)
