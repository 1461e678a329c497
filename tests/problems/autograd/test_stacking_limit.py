"""Small losses share a graph and large ones do not, by what all ranks know; both ways give the same, to rounding."""

import numpy as np
import pytest
import torch
from problem_examples import SMALL, batch, hosted, rows_of, small

from p2pbo import NodeData, Problem
from p2pbo.problems.autograd import stacking_limit as rule

TORCH = [case for case in SMALL if small(case).closed_oracles is None]
TOLERANCE = {np.float64: 1e-12, np.float32: 1e-5}


class Counted:
    """A loss of three rows of x and three of y that counts its evaluations."""

    def __init__(self):
        self.calls = 0

    def __call__(self, x, y, samples):
        self.calls += 1
        a, b = samples
        return ((a @ y - b) ** 2).mean() + (x.exp() * y**4).sum() + (y**2).sum()


def counted(nodes):
    draw = torch.Generator().manual_seed(0)

    def rows():
        a = torch.randn(9, 3, dtype=torch.float64, generator=draw)
        return a, a.sum(1)

    loss = Counted()
    return Problem(loss, loss, nodes=[NodeData(rows(), rows()) for _ in range(nodes)], dim_x=3, dim_y=3), loss


def calls(problem, loss, size, nodes):
    """How often the loss is evaluated for the lower oracle of these nodes."""
    oracles = hosted(problem, nodes=nodes)
    X, Y, _ = (rows[nodes.start : nodes.stop] for rows in rows_of(problem))
    loss.calls = 0
    oracles.lower(X, Y, None if size is None else batch(oracles.lower_samples, size))
    return loss.calls


@pytest.mark.parametrize(("size", "stacked"), [(1, True), (4, True), (5, False), (None, False)])
def test_rows_times_parameters_decide(size, stacked, monkeypatch):
    """The limit is four rows of 3 + 3 parameters."""
    monkeypatch.setattr(rule, "STACKED_SIZE", 24.0)
    problem, loss = counted(4)
    assert calls(problem, loss, size, range(4)) == (1 if stacked else 4)


@pytest.mark.parametrize("nodes", [1, 2, 3, 4])
def test_the_number_of_nodes_decides(nodes):
    problem, loss = counted(nodes)
    assert calls(problem, loss, 2, range(nodes)) == (1 if nodes >= 3 else nodes)


@pytest.mark.parametrize(("nodes", "limit"), [(4, rule.STACKED_SIZE), (3, rule.STACKED_SIZE), (2, 0)])
def test_ranks_go_by_the_network_not_by_what_they_host(nodes, limit):
    problem, _ = counted(nodes)
    for held in range(1, nodes + 1):
        assert hosted(problem, nodes=range(held)).stacking_limit == limit


def evaluated(problem, dtype, size, limit):
    oracles = hosted(problem, dtype)
    oracles.stack_up_to(limit)
    X, Y, V = (rows.astype(dtype) for rows in rows_of(problem, scale=0.1))
    xi, zeta = (
        None if size is None else batch(counts, size)
        for counts in (oracles.upper_samples, oracles.lower_samples)
    )
    lower = oracles.lower(X, Y, zeta)
    return [*oracles.upper(X, Y, xi), lower.gy, *lower.products(V), lower.hyy(V), lower.hxy(V)]


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("size", [2, None])
@pytest.mark.parametrize("case", TORCH)
def test_both_ways_agree(case, size, dtype):
    problem = small(case)
    stacked, looped = (evaluated(problem, dtype, size, limit) for limit in (np.inf, 0))
    for one, other in zip(stacked, looped, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=TOLERANCE[dtype] * max(1, abs(other).max()))
