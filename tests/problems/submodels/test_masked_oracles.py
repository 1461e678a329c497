"""Submodels with zeros: the derivatives of losses that look at some entries only."""

import numpy as np
import pytest
import torch
from problem_examples import batch, hosted, rows_of, small

from p2pbo import Problem
from p2pbo.problems import ParameterSlice
from p2pbo.problems.submodels.masked_oracles import MaskedOracles, submodel_oracles

CASES = ["quadratic", "logreg-hpo", "data-cleaning", "hyper-representation"]


def submodels(problem, seed=0):
    """Every node's own entries of x and y: some, none and all of them among these."""
    draw = np.random.default_rng(seed)

    def drawn(size, share):
        return ParameterSlice(np.flatnonzero(draw.random(size) < share))

    shares = np.linspace(0, 1, len(problem.nodes))
    return [(drawn(problem.dim_x, share), drawn(problem.dim_y, 1 - share / 2)) for share in shares]


def masks(problem, parts):
    """The same as rows of zeros and ones."""
    M = np.zeros((len(parts), problem.dim_x)), np.zeros((len(parts), problem.dim_y))
    for node, submodel in enumerate(parts):
        for mask, part in zip(M, submodel, strict=True):
            mask[node, part.entries] = 1
    return M


def looking_at(problem, node, masks):
    """The problem of one node whose losses multiply x and y by the masks."""
    m_x, m_y = (torch.as_tensor(mask[node]) for mask in masks)

    def seen(loss):
        return lambda x, y, data: loss(problem.x.unflatten(m_x * x), problem.y.unflatten(m_y * y), data)

    return Problem(
        seen(problem.upper),
        seen(problem.lower),
        nodes=[problem.nodes[node]],
        dim_x=problem.dim_x,
        dim_y=problem.dim_y,
    )


def evaluated(oracles, X, Y, V, drawn):
    lower = oracles.lower(X, Y, drawn)
    products = [*lower.products(V), lower.hyy(V), lower.hxy(V)]
    gradients = [*oracles.upper(X, Y, drawn), *oracles.lower_gradients(X, Y, drawn)]
    return [*gradients, lower.gy, *products, *oracles.losses(X, Y)]


@pytest.mark.parametrize("size", [3, None])
@pytest.mark.parametrize("case", CASES)
def test_a_submodel_has_the_derivatives_of_losses_that_look_at_its_entries(case, size):
    problem, full = small(case), hosted(small(case))
    parts, (X, Y, V) = submodels(problem), rows_of(problem)
    drawn = None if size is None else batch(np.minimum(full.upper_samples, full.lower_samples), size)
    found = evaluated(submodel_oracles(full, parts), X, Y, V, drawn)
    for node in range(len(parts)):
        alone = hosted(looking_at(problem, node, masks(problem, parts)))
        own = [rows[[node]] for rows in (X, Y, V)]
        expected = evaluated(alone, *own, None if drawn is None else drawn[[node]])
        for value, same in zip(found, expected, strict=True):
            np.testing.assert_allclose(value[node], same[0], rtol=1e-9, atol=1e-12)


def test_entries_outside_are_neither_read_nor_written():
    problem = small("quadratic")
    parts, (X, Y, V) = submodels(problem), rows_of(problem)
    M_x, M_y = masks(problem, parts)
    other = [rows + 7.0 * (mask == 0) for rows, mask in ((X, M_x), (Y, M_y), (V, M_y))]
    oracles = submodel_oracles(hosted(problem), parts)
    # fx, fy, gx, gy, gy, hyy, hxy, hyy, hxy
    outside = [rows == 0 for rows in (M_x, M_y, M_x, M_y, M_y, M_y, M_x, M_y, M_x)]
    values = evaluated(oracles, X, Y, V, None)
    for value, same in zip(values, evaluated(oracles, *other, None), strict=True):
        np.testing.assert_array_equal(value, same)
    for value, zero in zip(values[:-2], outside, strict=True):
        assert (value[zero] == 0).all()
    assert [list(own) for own in oracles.coordinates] == [list(np.flatnonzero(row)) for row in M_x]


def test_full_oracles_work_on_all_entries_and_submodels_share_their_counts_and_work():
    problem = small("quadratic")
    full = hosted(problem)
    part = submodel_oracles(full, submodels(problem))
    assert isinstance(part, MaskedOracles)
    assert full.coordinates is None
    assert full.cost is None
    assert part.cost is None
    np.testing.assert_array_equal(part.upper_samples, full.upper_samples)
    by_autograd = problem.autograd(range(len(problem.nodes)), np.dtype(np.float64))
    assert submodel_oracles(by_autograd, submodels(problem)).cost is by_autograd.cost


def test_figures_are_those_of_the_submodels():
    problem = small("logreg-hpo")
    parts, (X, Y, _) = submodels(problem), rows_of(problem)
    M_x, M_y = masks(problem, parts)
    full = hosted(problem)
    found, expected = submodel_oracles(full, parts).metrics(X, Y), full.metrics(M_x * X, M_y * Y)
    assert found.keys() == expected.keys()
    assert found
    for name, value in found.items():
        np.testing.assert_array_equal(value, expected[name])
