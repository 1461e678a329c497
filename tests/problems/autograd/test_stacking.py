"""All hosted nodes in one go give what each gives alone, and what torch cannot do in one go is done node by node."""

import numpy as np
import pytest
import torch
from problem_examples import batch, hosted, rows_of

from p2pbo import InputError, NodeData, Problem

EQUAL, UNEQUAL = [(6, 7)] * 4, [(6, 7), (8, 5), (6, 9), (7, 7)]
"""(upper, lower) samples of each node."""


def draw(*shape, seed):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def penalised(error, x, w):
    """A loss that is curved in y and couples x with y: error + Σ exp(x) w⁴ + Σ w²."""
    return error + (x.exp() * w**4).sum() + (w**2).sum()


def as_tuple(x, y, samples):
    a, b = samples
    return penalised(((a @ y - b) ** 2).mean(), x, y)


def as_dict(x, y, samples):
    return as_tuple(x, y, (samples["a"], samples["b"]))


def as_tensor(x, y, samples):
    return as_tuple(x, y, (samples[:, :3], samples[:, 3]))


def named(x, y, samples):
    return as_tuple(torch.cat([x["s"][None], x["r"]]), y["weight"][0], samples) + (y["bias"] ** 4).sum()


class Rates(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.s, self.r = torch.nn.Parameter(torch.zeros(())), torch.nn.Parameter(torch.zeros(2))


SHAPES = {
    "tuples": (as_tuple, lambda a, b: (a, b), np.zeros(3), np.zeros(3)),
    "lists": (as_tuple, lambda a, b: [a, b], np.zeros(3), np.zeros(3)),
    "dicts": (as_dict, lambda a, b: {"a": a, "b": b}, np.zeros(3), np.zeros(3)),
    "tensors": (as_tensor, lambda a, b: torch.hstack([a, b[:, None]]), np.zeros(3), np.zeros(3)),
    "named": (
        named,
        lambda a, b: (a, b),
        {"s": 0.0, "r": [0.0, 0.0]},
        {"weight": np.zeros((1, 3)), "bias": np.zeros(1)},
    ),
    "modules": (named, lambda a, b: (a, b), Rates(), torch.nn.Linear(3, 1)),
}


class Counted:
    """A loss that counts its evaluations."""

    def __init__(self, loss):
        self.loss, self.calls = loss, 0

    def __call__(self, x, y, samples):
        self.calls += 1
        return self.loss(x, y, samples)


def problem(shape="tuples", counts=EQUAL, loss=None):
    given, structure, x0, y0 = SHAPES[shape]
    counted = Counted(loss or given)
    data = [
        NodeData(*(structure(draw(n, 3, seed=10 * i + n), draw(n, seed=i + n)) for n in pair))
        for i, pair in enumerate(counts)
    ]
    return Problem(counted, counted, nodes=data, x0=x0, y0=y0), counted


def evaluated(problem, oracles, size, nodes=slice(None)):
    X, Y, V = (rows[nodes] for rows in rows_of(problem, scale=0.5))
    least = [[len(next(iter(leaves(side)))) for side in (n.upper, n.lower)] for n in problem.nodes]
    xi, zeta = (
        None if size is None else batch(np.array(counts), size)[nodes] for counts in zip(*least, strict=True)
    )
    lower = oracles.lower(X, Y, zeta)
    products = [*lower.products(V), lower.hyy(V), lower.hxy(V)]
    return [*oracles.upper(X, Y, xi), lower.gy, *products, *oracles.losses(X, Y)]


def leaves(structure):
    if isinstance(structure, dict):
        return structure.values()
    return structure if isinstance(structure, (tuple, list)) else [structure]


def close(values, expected):
    for value, same in zip(values, expected, strict=True):
        np.testing.assert_allclose(value, same, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("counts", [EQUAL, UNEQUAL], ids=["equal", "unequal"])
@pytest.mark.parametrize("size", [1, 4, None])
@pytest.mark.parametrize("shape", SHAPES)
def test_nodes_together_are_nodes_alone(shape, size, counts):
    given, counted = problem(shape, counts)
    together = evaluated(given, hosted(given), size)
    in_one_go = size is not None or counts is EQUAL
    assert (
        counted.calls == (2 if in_one_go else 8) + 8
    )  # f and its gradient, g and its graph; then all losses
    alone = [evaluated(given, hosted(given, nodes=range(i, i + 1)), size, [i]) for i in range(4)]
    close(together, [np.concatenate(values) for values in zip(*alone, strict=True)])


@pytest.mark.parametrize("counts", [EQUAL, UNEQUAL], ids=["equal", "unequal"])
def test_rows_are_what_explicit_matrices_give(counts):
    given, _ = problem("tuples", counts)
    X, Y, V = (torch.as_tensor(rows) for rows in rows_of(given, scale=0.5))
    fx, fy, gy, hyy, hxy, *_, f, g = evaluated(given, hosted(given), None)
    for i, node in enumerate(given.nodes):
        at = X[i], Y[i], node.lower
        blocks = torch.autograd.functional.hessian(lambda x, y, own=node.lower: as_tuple(x, y, own), at[:2])
        close([hyy[i], hxy[i]], [blocks[1][1] @ V[i], blocks[0][1] @ V[i]])
        close([fx[i], fy[i]], torch.func.grad(as_tuple, argnums=(0, 1))(*at[:2], node.upper))
        close([gy[i]], [torch.func.grad(as_tuple, argnums=1)(*at)])
        close([f[i], g[i]], [as_tuple(*at[:2], node.upper), as_tuple(*at)])


def looks_at_a_value(x, y, samples):
    return as_tuple(x, y, samples) * (1 + float(samples[1][0]) ** 2)


def branches(x, y, samples):
    return as_tuple(x, y, samples) if (y**2).sum() > 0.3 else as_tuple(x, 2 * y, samples)


def writes_in_place(x, y, samples):
    scaled = torch.ones(3, dtype=y.dtype)
    scaled *= y
    return as_tuple(x, scaled, samples)


def selects(x, y, samples):
    return as_tuple(x, y, samples) + (y[y > 0] ** 3).sum()


def leaves_torch(x, y, samples):
    return as_tuple(x, y, samples) * torch.as_tensor(1 + samples[1].numpy().max() ** 2)


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, y):
        ctx.save_for_backward(y)
        return y**3

    @staticmethod
    def backward(ctx, gradient):
        (y,) = ctx.saved_tensors
        return 3 * gradient * y**2


def has_no_batching_rule(x, y, samples):
    return as_tuple(x, Cube.apply(y), samples)


REFUSED = [looks_at_a_value, branches, writes_in_place, selects, leaves_torch, has_no_batching_rule]


@pytest.mark.parametrize("size", [3, None])
@pytest.mark.parametrize("loss", REFUSED)
def test_what_vmap_refuses_goes_node_by_node(loss, size):
    given, _ = problem(loss=loss)
    together = evaluated(given, hosted(given), size)
    alone = [evaluated(given, hosted(given, nodes=range(i, i + 1)), size, [i]) for i in range(4)]
    close(together, [np.concatenate(values) for values in zip(*alone, strict=True)])


def test_vmap_is_tried_once():
    given, counted = problem(loss=looks_at_a_value)
    oracles = hosted(given)
    X, Y, _ = rows_of(given)
    for expected in (5, 4, 4):
        counted.calls = 0
        oracles.lower(X, Y, batch(oracles.lower_samples, 3))
        assert counted.calls == expected
    counted.calls = 0
    oracles.upper(X, Y, None)  # the other loss may be another function
    assert counted.calls == 5
    counted.calls = 0
    hosted(given, nodes=range(1)).upper(X[:1], Y[:1], None)  # there is nothing to stack
    assert counted.calls == 1


def test_random_losses_draw_for_every_node():
    def loss(x, y, samples):
        return as_tuple(x, torch.nn.functional.dropout(y, 0.5), samples)

    given, _ = problem(loss=loss)
    oracles = hosted(given)
    X, Y, _ = (np.tile(row[:1], (4, 1)) for row in rows_of(given))
    torch.manual_seed(0)
    gy = oracles.lower(X, Y, batch(oracles.lower_samples, 3)).gy
    torch.manual_seed(0)
    kept = [torch.nn.functional.dropout(torch.ones(3), 0.5).numpy() > 0 for _ in range(4)]
    np.testing.assert_array_equal(gy != 0, kept)


def test_an_error_of_the_loss_comes_from_the_plain_loop():
    def wrong(x, y, samples):
        return as_tuple(x, y, samples) + samples["c"].sum()

    given, _ = problem(loss=wrong)
    X, Y, _ = rows_of(given)
    with pytest.raises(TypeError, match="tuple indices") as raised:
        hosted(given).upper(X, Y, None)
    assert raised.value.__context__ is None
    assert not any("vmap" in str(entry.path) for entry in raised.traceback)


def test_a_batched_loss_that_is_no_scalar_is_refused_too():
    given, _ = problem(loss=lambda x, y, samples: samples[1] * y.sum())
    X, Y, _ = rows_of(given)
    with pytest.raises(InputError, match=r"the lower loss has shape \(3,\); return a scalar tensor"):
        hosted(given).lower(X, Y, batch(np.full(4, 7), 3))


@pytest.mark.parametrize("differ", ["widths", "types"])
def test_nodes_may_hold_different_data(differ):
    """Node i knows the first i + 1 features only, or one of the nodes has integer labels."""

    def loss(x, y, samples):
        a, b = samples
        error = ((a @ y[: a.shape[1]] - b) ** 2).mean()
        return penalised(error if b.is_floating_point() else 2 * error, x, y)

    def rows(count, i):
        a, b = draw(count, 3, seed=i), draw(count, seed=i).sign()
        return (a[:, : i + 1], b) if differ == "widths" else (a, b if i else b.long())

    data = [NodeData(rows(5, i), rows(6, i)) for i in range(3)]
    given = Problem(loss, loss, nodes=data, dim_x=3, dim_y=3)
    for size in (2, None):
        together = evaluated(given, hosted(given), size)
        alone = [evaluated(given, hosted(given, nodes=range(i, i + 1)), size, [i]) for i in range(3)]
        close(together, [np.concatenate(values) for values in zip(*alone, strict=True)])
