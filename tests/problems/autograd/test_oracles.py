"""Problems in torch alone: parameters and data in every shape that users write, and what is refused."""

import numpy as np
import pytest
import scipy.sparse
import torch
from problem_examples import batch, hosted, rows_of

import p2pbo
from p2pbo import InputError, NodeData, Problem

COUNTS = [(5, 9), (4, 6), (7, 5)]
"""(upper, lower) samples of each node."""


def draw(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def nodes(structure):
    """Three nodes whose sides are ``structure(inputs, targets)``."""
    return [
        NodeData(*(structure(draw(n, 3, seed=10 * i + n), draw(n, seed=i + n)) for n in pair))
        for i, pair in enumerate(COUNTS)
    ]


def flat_loss(x, y, batch):
    inputs, targets = batch
    return ((inputs @ y[:3] + y[3] - targets) ** 2).mean() + (x.exp() * y**2).sum()


def named_loss(x, y, batch):
    """The same by names: x = {rates}, y = {weight, bias}, data = {a, b}."""
    predicted = batch["a"] @ y["weight"].T + y["bias"]
    penalty = x["rates"][:3].exp() * y["weight"] ** 2
    rest = x["rates"][3].exp() * y["bias"] ** 2
    return ((predicted[:, 0] - batch["b"]) ** 2).mean() + penalty.sum() + rest.sum()


def flat(**options):
    given = {"nodes": nodes(lambda a, b: (a, b)), "dim_x": 4, "dim_y": 4, **options}
    return Problem(given.pop("upper", flat_loss), given.pop("lower", flat_loss), **given)


class Rates(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.rates = torch.nn.Parameter(torch.tensor([0.1, 0.2, 0.3, 0.4]))


NAMED = {
    "dicts": ({"rates": torch.zeros(4)}, {"weight": torch.zeros(1, 3), "bias": torch.zeros(1)}),
    "modules": (Rates(), torch.nn.Linear(3, 1)),
}


def named(kind):
    x0, y0 = NAMED[kind]
    return Problem(named_loss, named_loss, nodes=nodes(lambda a, b: {"a": a, "b": b}), x0=x0, y0=y0)


def evaluated(problem, upper=None, lower=None):
    oracles = hosted(problem)
    X, Y, V = rows_of(problem)
    at = oracles.lower(X, Y, lower)
    return [*oracles.upper(X, Y, upper), at.gy, *at.products(V), at.hyy(V), at.hxy(V), *oracles.losses(X, Y)]


@pytest.mark.parametrize("kind", NAMED)
def test_names_and_modules_are_views_of_the_same_rows(kind):
    for value, same in zip(evaluated(named(kind)), evaluated(flat()), strict=True):
        np.testing.assert_allclose(value, same, rtol=1e-12)


def test_formulas_of_one_node():
    """The ridge problem's derivatives written out, on drawn rows."""
    problem, rows = flat(), np.array([[1, 3], [0, 2], [4, 1]])
    X, Y, V = rows_of(problem)
    fx, fy, gy, hyy, hxy, *_ = evaluated(problem, rows, rows)
    for i, node in enumerate(problem.nodes):
        ridge = np.exp(X[i])
        for side, found in ((node.upper, fy), (node.lower, gy)):
            a = np.column_stack([side[0].numpy(), np.ones(len(side[0]))])[rows[i]]
            residual = a @ Y[i] - side[1].numpy()[rows[i]]
            np.testing.assert_allclose(found[i], a.T @ residual + 2 * ridge * Y[i], rtol=1e-10)
        np.testing.assert_allclose(fx[i], ridge * Y[i] ** 2, rtol=1e-12)
        np.testing.assert_allclose(hyy[i], a.T @ a @ V[i] + 2 * ridge * V[i], rtol=1e-10)
        np.testing.assert_allclose(hxy[i], 2 * ridge * Y[i] * V[i], rtol=1e-12)


def test_drawn_rows_are_the_nodes_own():
    """A batch is the same structure with the drawn rows, in the drawn order, on tuples, dicts and tensors."""
    seen = []

    def spy(x, y, batch):
        batch["a"].tolist()  # a look at values: one node after another
        seen.append(batch)
        return (y**2).sum() + (x**2).sum()

    def structures(a, b):
        return {"a": a, "label": b.long()}

    problem = flat(upper=spy, lower=spy, nodes=nodes(structures))
    rows = np.array([[3, 0], [1, 2], [2, 4]])
    X, Y, _ = rows_of(problem)
    hosted(problem).upper(X, Y, rows)
    for batch_seen, node, own in zip(seen, problem.nodes, rows, strict=True):
        assert torch.equal(batch_seen["a"], node.upper["a"][torch.as_tensor(own)])
        assert torch.equal(batch_seen["label"], node.upper["label"][torch.as_tensor(own)])
        assert batch_seen["label"].dtype == torch.int64


@pytest.mark.parametrize("kind", NAMED)
def test_a_run_starts_where_the_module_or_dict_says(kind):
    problem = named(kind)
    x0, y0 = NAMED[kind]
    parts = [dict(part.named_parameters()) if kind == "modules" else part for part in (x0, y0)]
    starts = [
        torch.cat([value.detach().ravel() for value in part.values()]).double().numpy() for part in parts
    ]
    trace = p2pbo.run(problem=problem, steps=0, settings={"lipschitz": 10.0})
    for final, start in zip((trace["final_x"], trace["final_y"]), starts, strict=True):
        np.testing.assert_array_equal(final.values, np.tile(start, (3, 1)))
    if kind == "modules":
        assert np.abs(starts[1]).min() > 0


def test_flat_starts_and_zeros():
    assert flat().x.start.tolist() == [0] * 4
    assert flat(x0=[1, 2, 3, 4]).x.start.tolist() == [1, 2, 3, 4]
    assert flat(dim_y=4, y0=np.ones((2, 2))).dim_y == 4
    assert flat(dim_x=None, x0=torch.ones(4, dtype=torch.float32)).x.start.dtype == np.float64
    trace = p2pbo.run(problem=flat(x0=[1, 2, 3, 4]), steps=0, settings={"lipschitz": 1e3})
    np.testing.assert_array_equal(trace["final_x"].values, [[1, 2, 3, 4]] * 3)
    np.testing.assert_array_equal(trace["final_y"].values, np.zeros((3, 4)))


def test_a_matrix_of_a_row_for_each_node_is_a_start_for_each():
    X, Z = np.arange(12.0).reshape(3, 4), np.ones((3, 4))
    for dim_x in (None, 4):
        problem = flat(dim_x=dim_x, x0=X, z0=Z)
        np.testing.assert_array_equal(problem.start("x", range(1, 3)), X[1:])
        np.testing.assert_array_equal(problem.start("y", range(2)), np.zeros((2, 4)))
        np.testing.assert_array_equal(problem.start("z", range(3)), Z)
        np.testing.assert_array_equal(problem.x.start, X.mean(0))
    trace = p2pbo.run(problem=problem, algorithm="d-soba", steps=0)
    np.testing.assert_array_equal(trace.final.x, X)
    np.testing.assert_array_equal(trace.final.z, Z)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"x0": np.ones((2, 4))}, "x0 has 2 rows for 3 nodes; give one row, or one for each node"),
        ({"x0": np.ones((3, 5))}, "x0 has 15 entries, dim_x is 4; make them agree"),
        ({"z0": np.ones((3, 5))}, "z0 has 15 entries, dim_z is 4; make them agree"),
        ({"z0": [1.0, 2.0]}, "z0 has 2 entries, dim_z is 4; make them agree"),
        ({"z0": {"w": np.ones(4)}}, "z0 is a dict; give a flat array, or one row for each node"),
        ({"x0": np.full((3, 4), np.inf)}, r"x0 holds inf at \[0, 0\]; start from finite numbers"),
    ],
)
def test_starts_of_other_shapes_are_refused(given, said):
    with pytest.raises(InputError, match=f"^{said}$"):
        flat(**given)


@pytest.mark.parametrize("shape", [(4, 1), (2, 2), (4, 3)])
def test_a_start_that_may_be_a_matrix_or_a_row_for_each_node_is_refused(shape):
    with pytest.raises(
        InputError, match=rf"x0 has the shape \({shape[0]}, {shape[1]}\), and losses get one flat row"
    ):
        flat(dim_x=None, x0=np.ones(shape))


@pytest.mark.parametrize(
    ("x0", "said"),
    [
        ([1.0, np.nan, 0.0, 0.0], r"x0 holds nan at \[1\]; start from finite numbers"),
        ({"a": np.zeros(2), "b": [[0.0, -np.inf]]}, r"x0\['b'\] holds -inf at \[0, 1\]"),
    ],
)
def test_a_start_is_finite(x0, said):
    with pytest.raises(InputError, match=said):
        flat(x0=x0)


def zero(*values):
    return all((value == 0).all() for value in values)


def test_losses_that_ignore_x_or_curve_nowhere():
    fx, fy, *_ = evaluated(flat(upper=lambda x, y, batch: (y**2).sum()))
    assert zero(fx)
    assert not zero(fy)
    fx, fy, *_ = evaluated(flat(upper=lambda x, y, batch: (x**2).sum()))
    assert zero(fy)
    _, _, gy, *products, _, _ = evaluated(flat(lower=lambda x, y, batch: y.sum()))
    assert (gy == 1).all()
    assert zero(*products)
    _, _, _, hyy, hxy, hyy_again, hxy_again, *_ = evaluated(flat(lower=lambda x, y, batch: (x * y).sum()))
    assert zero(hyy, hyy_again)
    np.testing.assert_array_equal(hxy, rows_of(flat())[2])
    np.testing.assert_array_equal(hxy_again, hxy)
    _, _, _, hyy, hxy, *_ = evaluated(flat(lower=lambda x, y, batch: (y**2).sum()))
    assert zero(hxy)
    np.testing.assert_allclose(hyy, 2 * rows_of(flat())[2])


def test_float32_stays_float32_and_the_data_follow():
    problem = flat()
    X, Y, V = (rows.astype(np.float32) for rows in rows_of(problem))
    oracles = hosted(problem, np.float32)
    lower = oracles.lower(X, Y, batch(oracles.lower_samples, 3))
    for value in (*oracles.upper(X, Y, None), lower.gy, *lower.products(V)):
        assert value.dtype == np.float32


@pytest.mark.parametrize(
    ("structure", "said"),
    [
        (lambda a, b: (a, b[1:]), r"upper data of node 0 has tensors of \[4, 5\] samples; give all the same"),
        (lambda a, b: {"a": a[:0], "b": b[:0]}, r"has tensors of \[0\] samples"),
        (lambda a, b: (a, torch.tensor(1.0)), r"has tensors of \[0, 5\] samples"),
        (lambda a, b: (), r"has tensors of \[\] samples"),
        (
            lambda a, b: (a, "b"),
            "upper data of node 0 holds a str; give a tensor, or a tuple or dict of tensors",
        ),
        (lambda a, b: (a, None), "holds a NoneType"),
        (lambda a, b: (a, (a, b)), "holds a tuple"),
        (
            lambda a, b: (scipy.sparse.csr_array(a.numpy()), b),
            r"upper data of node 0 holds a sparse csr_array; give its \.toarray\(\)",
        ),
        (
            lambda a, b: {"a": a.to_sparse(), "b": b},
            r"upper data of node 0 holds a sparse_coo tensor; give a dense one, such as its \.to_dense\(\)",
        ),
        (
            lambda a, b: (np.ma.masked_invalid(a.numpy()), b),
            "upper data of node 0 holds a MaskedArray; give a tensor",
        ),
    ],
)
def test_data_without_one_count_are_refused(structure, said):
    with pytest.raises(InputError, match=said):
        hosted(flat(nodes=nodes(structure)))


def test_data_that_know_where_they_come_from_are_used_without_that():
    """A user's graph belongs to the user: it is not run through, nor kept."""
    weight = torch.ones((), dtype=torch.float64, requires_grad=True)
    values = [evaluated(flat(nodes=nodes(lambda a, b, w=w: (w * a, b)))) for w in (weight, 1.0)]
    for value, same in zip(*values, strict=True):
        np.testing.assert_array_equal(value, same)
    assert weight.grad is None


def test_the_node_with_ragged_data_is_named():
    ragged = nodes(lambda a, b: (a, b))
    ragged[2] = NodeData(ragged[2].upper, (ragged[2].lower[0], ragged[2].lower[1][:2]))
    with pytest.raises(InputError, match=r"lower data of node 2 has tensors of \[2, 5\] samples"):
        hosted(flat(nodes=ragged))
    hosted(flat(nodes=ragged), nodes=range(2))  # another rank's node


@pytest.mark.parametrize("side", ["upper", "lower"])
@pytest.mark.parametrize(
    ("loss", "said"),
    [
        (lambda x, y, batch: y**2, r"loss has shape \(4,\); return a scalar tensor: a mean over rows"),
        (lambda x, y, batch: (y**2).sum(0, keepdim=True), r"loss has shape \(1,\)"),
        (lambda x, y, batch: 1.0, "loss is a float; return a scalar tensor"),
        (lambda x, y, batch: None, "loss is a NoneType"),
    ],
)
def test_losses_that_are_no_scalar_are_refused(side, loss, said):
    with pytest.raises(InputError, match=f"the {side} {said}"):
        evaluated(flat(**{side: loss}))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"dim_x": None}, "dim_x is None; give dim_x ≥ 1 or a start x0"),
        ({"dim_y": 0}, "dim_y is 0; give dim_y ≥ 1 or a start y0"),
        ({"x0": [1.0, 2.0]}, "x0 has 2 entries, dim_x is 4; make them agree"),
        ({"dim_y": None, "y0": {}}, "y0 has 0 entries"),
        ({"y0": {"w": torch.zeros(3)}}, "y0 has 3 entries, dim_y is 4"),
        ({"x0": "zero"}, "x0 is a str, not numbers; give numbers, a dict of tensors, or a module"),
        ({"x0": {"a": {"b": torch.zeros(4)}}}, r"x0\['a'\] is a dict, not numbers"),
        ({"nodes": []}, "problem custom has no nodes; give one NodeData per node"),
    ],
)
def test_problems_that_make_no_sense_are_refused(given, said):
    with pytest.raises(InputError, match=said):
        flat(**given)


def test_numbers_in_a_dict_are_entries():
    assert flat(dim_x=None, x0={"rate": 0.5, "more": [1, 2]}).x.start.tolist() == [0.5, 1, 2]
