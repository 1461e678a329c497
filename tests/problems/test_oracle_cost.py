"""What oracles cost: counted operations and seconds of every node."""

from itertools import count

import narrow_problems
import numpy as np
import pytest
import torch
from problem_examples import hosted

from p2pbo import NodeData, Problem
from p2pbo.problems import oracle_cost as module
from p2pbo.problems.oracle_cost import OracleCost
from p2pbo.problems.submodels.masked_oracles import submodel_oracles

ROWS, FEATURES, CLASSES = 5, 7, 3


def linear(nodes=2):
    """Mean squared scores of a linear layer y on unequal nodes, beside a scale x."""

    def loss(x, y, batch):
        return ((batch @ y["weight"].T) ** 2).mean() * x.exp().sum()

    data = [torch.ones(ROWS, FEATURES, dtype=torch.float64) * (i + 1) for i in range(nodes)]
    given = [NodeData(own, own) for own in data]
    return Problem(loss, loss, nodes=given, dim_x=1, y0={"weight": np.ones((CLASSES, FEATURES))})


def counted(oracles, X, Y, V, drawn=None):
    """Each node's operations in: upper, lower, products, hyy, hxy."""
    cost = oracles.cost
    cost.counting = True
    seen = [cost.flops.copy()]
    oracles.upper(X, Y, drawn)
    seen.append(cost.flops.copy())
    lower = oracles.lower(X, Y, drawn)
    for ask in (lambda: None, lambda: lower.products(V), lambda: lower.hyy(V), lambda: lower.hxy(V)):
        ask()
        seen.append(cost.flops.copy())
    return np.diff(seen, axis=0)


@pytest.mark.parametrize("batch", [None, np.array([[0, 2], [1, 4]])])
def test_operations_of_a_linear_layer(batch):
    """A product of rows×features with features×classes is 2·rows·features·classes operations."""
    problem = linear()
    product = 2 * (ROWS if batch is None else 2) * FEATURES * CLASSES
    X, Y, V = np.ones((2, 1)), np.ones((2, problem.dim_y)), np.ones((2, problem.dim_y))
    upper, lower, products, hyy, hxy = counted(hosted(problem), X, Y, V, batch)
    assert (upper == 2 * product).all()  # the scores, and their derivative by the weights
    assert (lower == 2 * product).all()
    assert (hyy == 2 * product).all()  # V's scores, and back
    assert (hxy == product).all()  # V's scores
    assert (products == 2 * product).all()


@pytest.mark.parametrize("name", ["mlp", "lenet", "conv4", "sequential"])
def test_stacked_nodes_count_what_each_does_alone(name):
    problem = narrow_problems.EVERY[name]()
    rows = narrow_problems.points(problem)
    together = counted(hosted(problem), *rows)
    assert (together > 0).all()
    for i in range(len(problem.nodes)):
        alone = counted(hosted(problem, nodes=range(i, i + 1)), *(row[[i]] for row in rows))
        np.testing.assert_array_equal(together[:, [i]], alone)


def test_flat_vectors_count_alone_as_they_do_beside_others():
    def loss(x, y, batch):
        return ((batch @ y) ** 2).mean() * x.exp().sum()

    data = torch.ones(ROWS, FEATURES, dtype=torch.float64)
    problem = Problem(loss, loss, nodes=[NodeData(data, data)] * 2, dim_x=1, dim_y=FEATURES)
    X, Y, V = np.ones((2, 1)), np.ones((2, FEATURES)), np.ones((2, FEATURES))
    together = counted(hosted(problem), X, Y, V)
    assert (together[0] == 4 * ROWS * FEATURES).all()
    np.testing.assert_array_equal(
        counted(hosted(problem, nodes=range(1)), X[:1], Y[:1], V[:1]), together[:, :1]
    )


def test_convolutions_cost_the_share_of_outputs_times_the_share_of_inputs():
    """conv4 of six channels on 16×16, cut to three: the first layer's image stays whole."""
    problem = narrow_problems.shipped("conv4")
    rows = [row[:1] for row in narrow_problems.points(problem)]
    oracles = hosted(problem, nodes=range(1))

    def expected(width):
        images, pixels = 4, [256, 64, 16, 4]
        inputs = [1, width, width, width]
        forward = [2 * images * p * 9 * width * c for p, c in zip(pixels, inputs, strict=True)]
        head = 2 * images * width * 3
        # every layer forward, its derivative by the weights, and by its inputs but for the first layer's
        return 3 * sum(forward) - forward[0] + 3 * head

    full = counted(oracles, *rows)[0]
    half = counted(submodel_oracles(oracles, narrow_problems.submodels(problem, [0.5])), *rows)[0]
    assert full.tolist() == [expected(6)]
    assert half.tolist() == [expected(3)]


def test_a_node_of_less_capacity_has_less_work():
    problem = narrow_problems.shipped("mlp")
    full = hosted(problem)
    parts = narrow_problems.submodels(problem, [0.2, 1.0, 0.5])
    cost = counted(submodel_oracles(full, parts), *narrow_problems.points(problem))
    whole = counted(full, *narrow_problems.points(problem))
    np.testing.assert_array_equal(cost[:, 1], whole[:, 1])
    np.testing.assert_array_equal(cost[:, 0] * 5, whole[:, 0])
    np.testing.assert_array_equal(cost[:, 2] * 2, whole[:, 2])


@pytest.mark.parametrize("cut", [False, True])
def test_seconds_grow_with_every_oracle_and_operations_only_on_demand(cut, monkeypatch):
    monkeypatch.setattr(module, "perf_counter", count().__next__)  # it goes on between any two looks
    problem = narrow_problems.shipped("mlp")
    full, (X, Y, V) = hosted(problem), narrow_problems.points(problem)
    oracles = submodel_oracles(full, narrow_problems.submodels(problem)) if cut else full
    lower = oracles.lower(X, Y, None)
    for ask in (
        lambda: oracles.upper(X, Y, None),
        lambda: oracles.lower(X, Y, None),
        lambda: lower.products(V),
        lambda: lower.hyy(V),
        lambda: lower.hxy(V),
    ):
        before = full.cost.seconds.copy()
        ask()
        assert (full.cost.seconds > before).all()
    before = full.cost.seconds.copy()
    oracles.losses(X, Y)
    np.testing.assert_array_equal(full.cost.seconds, before)
    assert (full.cost.flops == 0).all()


def test_seconds_are_the_nodes_own_or_shared_evenly(monkeypatch):
    times = iter([10.0, 11.0, 20.0, 25.0])  # when each piece of work begins and ends
    monkeypatch.setattr(module, "perf_counter", lambda: next(times))
    cost = OracleCost(4)
    with cost.measured(None, None, "all"):
        pass
    assert cost.seconds.tolist() == [0.25] * 4
    with cost.measured(2, None, "one"):
        pass
    assert cost.seconds.tolist() == [0.25, 0.25, 5.25, 0.25]
    assert (cost.flops.dtype, cost.seconds.dtype) == (np.int64, np.float64)


def distinct_rows(x, y, batch):
    """A loss whose cost depends on the numbers in its batch."""
    return (torch.unique(batch[0], dim=0) @ x).sum() ** 2 + y.sum() ** 2


@pytest.mark.parametrize("steady", [True, False])
def test_steady_work_is_counted_once_for_each_shape(steady):
    rows = torch.tensor([[1.0, 2.0]] * 3 + [[3.0, 4.0]])
    node = NodeData((rows,), (rows,))
    problem = Problem(distinct_rows, distinct_rows, nodes=[node], dim_x=2, dim_y=1, steady=steady)
    oracles = hosted(problem, nodes=range(1))
    oracles.cost.counting = True
    X, Y = np.ones((1, 2)), np.ones((1, 1))
    found = []
    for batch in ([[0, 1]], [[0, 3]], [[0, 1, 3]]):
        before = oracles.cost.flops[0]
        oracles.upper(X, Y, np.array(batch))
        found.append(int(oracles.cost.flops[0] - before))
    one, two, of_three = found
    assert two == (one if steady else 2 * one)
    assert of_three == 2 * one
