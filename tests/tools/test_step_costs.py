"""Costs of a step are those that the papers' listings have, counted by hand."""

import numpy as np
import pytest
from step_costs.counting import BOTH, GRADIENTS, HXY, HYY, LOWER, LOWER_GRADIENTS, Amount, step_cost
from step_costs.stepping import stepping

from p2pbo.algorithms import ALGORITHMS
from p2pbo.problems import PROBLEMS, ProblemContext
from p2pbo.topology import build

BY_HAND = {  # gradients of f, evaluations of ∇_y g; rounds; numbers sent to each neighbour
    "dsbo": (1, 11, 1, "dx + dy"),  # J = 10: ζ, ζ₀ and nine factors
    "mdbo": (1, 11, 1, "2 dx + 2 dy"),  # V and T
    "vrdbo": (2, 22, 1, "2 dx + 2 dy"),  # at two points
    "d-soba": (1, 1, 1, "dx + 2 dy"),  # x, y and z
    "cd-bsvrgd": (2, 2, 1, "2 dx + 4 dy"),
    "async-soba": (1, 1, 1, "2 dx + 4 dy"),  # v and ρ of x, y and z
    "async-mdbo": (1, 11, 1, "2 dx + 2 dy"),
    "async-vrdbo": (2, 22, 1, "2 dx + 2 dy"),
    "fednest": (9, 19, 2 * 1 + 10 + 2, "2 dx + 12 dy"),  # 2T + J + 2 rounds, as its docstring says
    "ma-dsbo": (1, 11, 21, "dx + 30 dy"),  # T = N = 10: y, then z and its tracker
    "dsgda-gt": (1, 0, 2, "2 dx + 4 dy"),  # trackers, then x, y and u
    "d-soba-fo": (1, 0, 1, "dx + 2 dy"),
    "fedavg": (5, 0, 1, "dx + dy"),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_a_step_costs_what_the_listing_says(name):
    cost = step_cost(name)
    gradients, lower, rounds, numbers = BY_HAND[name]
    assert cost.oracles.get(GRADIENTS) == Amount(gradients, 0, 0)
    assert cost.oracles.get(LOWER, Amount(0, 0, 0)) == Amount(lower, 0, 0)
    assert (cost.rounds, str(cost.numbers)) == (rounds, numbers)


def test_products_are_told_from_pairs_of_products():
    assert {
        oracle: str(amount) for oracle, amount in step_cost("mdbo").oracles.items() if oracle in (HYY, HXY)
    } == {
        HYY: "9",
        HXY: "1",
    }
    assert step_cost("d-soba").oracles[BOTH] == Amount(1, 0, 0)


@pytest.mark.parametrize(("name", "calls"), [("dsgda-gt", 2), ("f2sa", 2), ("d-soba-fo", 3)])
def test_methods_of_first_derivatives_ask_for_no_others(name, calls):
    """The penalty at y and u; differences at y, y + δz and y − δz."""
    assert step_cost(name).oracles == {GRADIENTS: Amount(1, 0, 0), LOWER_GRADIENTS: Amount(calls, 0, 0)}


def test_finite_differences_grow_with_x():
    assert str(step_cost("rafbo").oracles[LOWER]) == "10 + 5 dx"
    assert step_cost("rafbo").calls == "1 (fx, fy), (10 + 5 dx) gy"


def test_calls_stand_on_one_line():
    assert step_cost("mdbo").calls == "1 (fx, fy), 11 gy, 9 hyy, 1 hxy"
    assert step_cost("d-soba").calls == "1 (fx, fy), 1 gy, 1 (hyy, hxy)"
    assert step_cost("f2sa").calls == "1 (fx, fy), 2 (gx, gy)"


@pytest.mark.parametrize("name", list(ALGORITHMS))
def test_numbers_hold_at_sizes_that_were_not_counted(name):
    context = ProblemContext(6, lower_level=ALGORITHMS.make(name).lower_level)
    problem = PROBLEMS.make("quadratic", context, dim_x=11, dim_y=7)

    def host(nodes):
        return problem.host(nodes, np.dtype(float))

    method = stepping(problem, host, build("ring", 6), name, {"batch": 3})
    method.step()
    before, _ = method.sent
    method.step()
    assert set(method.sent[0] - before) == {8 * step_cost(name).numbers.at(11, 7)}
