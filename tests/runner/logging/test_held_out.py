"""A problem's own figures: numbers under names that a trace has room for, checked before the first step."""

import random

import numpy as np
import pytest
import torch

import p2pbo
from p2pbo import InputError, NodeData, Problem


def loss(x, y, batch):
    return ((batch @ y - 1) ** 2).mean() + (x.exp() * y**2).sum()


def run(test, tmp_path=None, **more):
    rows = np.arange(12.0).reshape(6, 2) / 10
    given = Problem(
        loss, loss, nodes=[NodeData(rows, rows + i) for i in range(2)], dim_x=2, dim_y=2, test=test
    )
    out = None if tmp_path is None else tmp_path / "run.h5"
    options = {"steps": 3, "log_every": 1, "settings": {"lipschitz": 20.0, "eta": 0.05}, "out": out}
    return p2pbo.run(problem=given, topology="complete", **{**options, **more})


NUMBERS = [1.5, np.float32(1.5), np.array(1.5), np.array([1.5]), torch.tensor(1.5, requires_grad=True)]


@pytest.mark.parametrize("value", NUMBERS)
def test_a_number_is_logged_as_test(value):
    np.testing.assert_array_equal(run(lambda x, y: value).values("test"), np.full(4, 1.5))


def test_figures_are_those_of_the_logged_average():
    trace = run(
        lambda x, y: {"norm": np.linalg.norm(y), "test_accuracy": 0.5, "validation_accuracy": torch.tensor(1)}
    )
    assert trace.values("norm")[0] == 0
    np.testing.assert_allclose(trace.values("norm")[-1], np.linalg.norm(trace.final.y.mean(0)))
    assert trace.values("validation_accuracy").tolist() == [1] * 4


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"upper_loss": 1.0}, "test gives upper_loss, which a trace has already; call it otherwise"),
        ({"accuracy": 1.0, "final_x": 1.0}, "test gives final_x, which a trace has already"),
        ({"wall_time": 1.0}, "test gives wall_time"),
        ({"x_dim": 1.0}, "test gives x_dim"),
        ({"bytes_sent": 1.0}, "test gives bytes_sent"),
        (None, "test gives a NoneType as test; give numbers, or a dict of numbers by name"),
        ({"accuracy": [0.5, 0.6]}, "test gives a list as accuracy"),
        ({"accuracy": "good"}, "test gives a str as accuracy"),
        ({"accuracy": 1j}, "test gives a complex as accuracy"),
        ((0.5, 0.6), "test gives a tuple as test"),
        ({3: 0.5}, "test calls a figure 3; use a name such as test_accuracy"),
        ({"a/b": 0.5}, "test calls a figure 'a/b'"),
        ({"": 0.5}, "test calls a figure ''"),
    ],
)
def test_what_cannot_be_logged_is_refused_before_the_run(given, said, tmp_path):
    with pytest.raises(InputError, match=said):
        run(lambda x, y: given, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_figure_that_the_oracles_log_already_is_refused():
    from p2pbo.problems import PROBLEMS, ProblemContext

    given = PROBLEMS.make(
        "logreg-hpo", ProblemContext(2, 0, "synthetic", {"samples": 60, "features": 3, "classes": 2})
    )
    given.test = lambda x, y: {"validation_accuracy": 0.5}
    with pytest.raises(InputError, match="test gives validation_accuracy, which a trace has already"):
        p2pbo.run(problem=given, steps=1)


def test_figures_that_change_their_names_are_an_error():
    with pytest.raises(
        InputError, match="test gives later, and gave first before; give the same figures at each call"
    ):
        run(lambda x, y: {"first" if not y.any() else "later": 0.0})


def test_it_is_called_once_for_each_row_and_may_write_into_what_it_gets():
    calls = []

    def doubling(x, y):
        calls.append(1)
        y *= 2
        return float(np.linalg.norm(y))

    trace = run(doubling)
    assert len(calls) == 4
    np.testing.assert_allclose(trace.values("test"), run(lambda x, y: 2 * np.linalg.norm(y)).values("test"))
    np.testing.assert_array_equal(trace.final.y, run(None).final.y)


def test_what_it_draws_is_the_same_in_every_run_and_row():
    def drawing(x, y):
        return {"torch": torch.rand(()), "numpy": np.random.random(), "python": random.random()}

    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    one, after, other = run(drawing), torch.rand(1), run(drawing)
    assert after == expected
    for name in ("torch", "numpy", "python"):
        assert len({*one.values(name), *other.values(name)}) == 1
