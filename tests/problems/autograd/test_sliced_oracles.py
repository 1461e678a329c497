"""Narrower networks compute what masked ones do, and really are narrower."""

import narrow_problems
import numpy as np
import pytest
import torch
from problem_examples import batch, hosted

from p2pbo import Problem
from p2pbo.problems import ParameterSlice, Units
from p2pbo.problems.autograd.sliced_oracles import SlicedOracles
from p2pbo.problems.submodels.masked_oracles import MaskedOracles, submodel_oracles

every_network = pytest.mark.parametrize("name", narrow_problems.EVERY)


def evaluated(oracles, X, Y, V, drawn):
    lower = oracles.lower(X, Y, drawn)
    products = [*lower.products(V), lower.hyy(V), lower.hxy(V)]
    gradients = [*oracles.upper(X, Y, drawn), *oracles.lower_gradients(X, Y, drawn)]
    return [lower.gy, *gradients, *products, *oracles.losses(X, Y)]


def close(values, expected):
    assert np.abs(expected[0]).max() > 0
    for value, same in zip(values, expected, strict=True):
        np.testing.assert_allclose(value, same, rtol=1e-12, atol=1e-12 * max(1, np.abs(same).max()))


@pytest.mark.parametrize("size", [3, None])
@every_network
def test_narrow_networks_compute_what_masked_ones_do(name, size):
    problem = narrow_problems.EVERY[name]()
    full, parts = hosted(problem), narrow_problems.submodels(problem)
    assert all(len(a.entries) < problem.dim_x or len(b.entries) < problem.dim_y for a, b in parts[::2])
    drawn = None if size is None else batch(full.lower_samples, size)
    narrow, masked = submodel_oracles(full, parts), MaskedOracles(full, parts)
    assert isinstance(narrow, SlicedOracles)
    at = narrow_problems.points(problem)
    close(evaluated(narrow, *at, drawn), evaluated(masked, *at, drawn))
    for own, (cut, _) in zip(narrow.coordinates, parts, strict=True):
        np.testing.assert_array_equal(own, cut.entries)


def test_a_node_with_all_units_has_the_oracles_of_the_full_network():
    problem = narrow_problems.shipped("mlp")
    full, at = hosted(problem), narrow_problems.points(problem)
    whole = submodel_oracles(full, narrow_problems.submodels(problem, [1.0, 1.0, 1.0]))
    close(evaluated(whole, *at, None), evaluated(full, *at, None))


def test_single_entries_and_units_mix():
    """Nodes and variables may be cut either way: entries alone leave the tensors as they are, with zeros."""
    problem = narrow_problems.shipped("mlp")
    full, draw = hosted(problem), np.random.default_rng(0)
    (x0, y0), *_ = narrow_problems.submodels(problem)
    some_x, some_y = (
        ParameterSlice(np.flatnonzero(draw.random(n) < 0.5)) for n in (problem.dim_x, problem.dim_y)
    )
    whole_x, no_y = ParameterSlice(np.arange(problem.dim_x)), ParameterSlice(np.arange(0))
    parts = [(x0, y0), (some_x, some_y), (whole_x, no_y)]
    at = narrow_problems.points(problem)
    narrow = submodel_oracles(full, parts)
    assert isinstance(narrow, SlicedOracles)
    close(evaluated(narrow, *at, None), evaluated(MaskedOracles(full, parts), *at, None))
    assert not isinstance(submodel_oracles(full, [parts[1], *parts[1:]]), SlicedOracles)


@pytest.mark.parametrize("side", ["float32", "read-only"])
def test_rows_stay_as_they_are(side):
    problem = narrow_problems.shipped("mlp")
    dtype = np.dtype("float32" if side == "float32" else "float64")
    rows = [row.astype(dtype) for row in narrow_problems.points(problem)]
    for row in rows:
        row.setflags(write=False)
    copies = [row.copy() for row in rows]
    values = evaluated(
        submodel_oracles(hosted(problem, dtype), narrow_problems.submodels(problem)), *rows, None
    )
    assert all(value.dtype == dtype for value in values[:-2])
    for row, copy in zip(rows, copies, strict=True):
        np.testing.assert_array_equal(row, copy)


def test_activations_are_as_wide_as_the_node():
    """The outputs of every layer of a user's modules, as hooks see them."""
    problem, backbone, head = narrow_problems.sequential()
    seen = {}

    def note(name):
        def hook(layer, given, made):
            seen[name] = tuple(made.shape)

        return hook

    for variable, module in (("x0", backbone), ("y0", head)):
        for path, layer in module.named_modules(prefix=variable):
            layer.register_forward_hook(note(path))
    units, parts = problem.units, narrow_problems.submodels(problem, [0.4])
    kept = {"x0.1.0": 2, "x0.3": 2, "y0.0": 3}  # of 6, 5 and 8
    assert units.counts == {"x0.1.0": 6, "x0.3": 5, "y0.0": 8}
    X, Y, _ = narrow_problems.points(problem)
    submodel_oracles(hosted(problem, nodes=range(1)), parts).upper(X[:1], Y[:1], None)
    assert seen["x0.1.0"] == (4, kept["x0.1.0"], 6, 6)
    assert seen["x0.1.1"] == (4, kept["x0.1.0"], 6, 6)
    assert seen["x0.2"] == (4, kept["x0.1.0"], 3, 3)
    assert seen["x0.3"] == (4, kept["x0.3"], 2, 2)
    assert seen["x0.5"] == (4, 4 * kept["x0.3"])
    assert seen["y0.0"] == (4, kept["y0.0"])
    assert seen["y0.2"] == (4, 3)


def test_what_is_kept_for_the_backward_pass_shrinks_with_the_width():
    """Entries of the tensors that autograd saves at half the channels of every layer of conv4."""
    problem = narrow_problems.shipped("conv4")
    oracles, (X, Y, _) = hosted(problem, nodes=range(1)), narrow_problems.points(problem)

    def saved(oracles):
        entries = []
        with torch.autograd.graph.saved_tensors_hooks(
            lambda tensor: entries.append(tensor.numel()) or tensor, lambda tensor: tensor
        ):
            oracles.upper(X[:1], Y[:1], None)
        return sum(entries)

    half = submodel_oracles(oracles, narrow_problems.submodels(problem, [0.5]))
    assert saved(half) < 0.56 * saved(oracles)


def test_narrow_networks_get_the_constants_whole():
    """A parameter that is not trained is no entry of y, and no cut touches it."""
    draw = torch.Generator().manual_seed(0)
    scale, first, second = (torch.randn(*shape, generator=draw) for shape in ((7,), (8, 7), (3, 8)))
    y0 = {"scale": torch.nn.Parameter(scale, requires_grad=False), "first": first, "second": second}

    def loss(x, y, samples):
        hidden = torch.tanh((samples["a"] * y["scale"]) @ y["first"].T)
        scores = hidden @ y["second"].T
        ridge = x["rate"].exp() * sum((y[name] ** 2).sum() for name in ("first", "second"))
        return torch.nn.functional.cross_entropy(scores, samples["label"]) + ridge[0]

    units = Units(counts={"hidden": 8}, x={}, y={"first": ("hidden", None), "second": (None, "hidden")})
    nodes = narrow_problems.nodes(7)
    problem = Problem(loss, loss, nodes=nodes, x0={"rate": np.zeros(1)}, y0=y0, units=units)
    assert problem.dim_y == 8 * 7 + 3 * 8
    parts, at = narrow_problems.submodels(problem), narrow_problems.points(problem)
    narrow = submodel_oracles(hosted(problem), parts)
    assert isinstance(narrow, SlicedOracles)
    close(evaluated(narrow, *at, None), evaluated(MaskedOracles(hosted(problem), parts), *at, None))
