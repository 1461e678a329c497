"""Bounds on x as they are given, what is refused of them, and where they stand in a run."""

import numpy as np
import pytest

import p2pbo
from p2pbo import InputError, NodeData, Problem
from p2pbo.config import Description

NAMED = {"w": np.zeros((2, 3)), "b": np.array(1.0)}


def problem(bounds=None, **start):
    return Problem(
        lambda x, y, b: (y**2).sum(),
        lambda x, y, b: (y**2).sum(),
        nodes=[NodeData((), ())] * 2,
        dim_y=2,
        bounds=bounds,
        **(start or {"dim_x": 3}),
    )


@pytest.mark.parametrize(
    ("bounds", "start", "lower", "upper"),
    [
        ((-1, 2), {}, [-1] * 3, [2] * 3),
        (([-1, -np.inf, 0], np.inf), {}, [-1, -np.inf, 0], [np.inf] * 3),
        (
            ({"w": -1, "b": 0}, {"b": 2, "w": np.full((2, 3), 5)}),
            {"x0": NAMED},
            [-1] * 6 + [0],
            [5] * 6 + [2],
        ),
        (([-2] * 7, 3), {"x0": NAMED}, [-2] * 7, [3] * 7),
        ((-1, 1), {"x0": np.array([[0.5, -1], [1, 0]])}, [-1, -1], [1, 1]),
    ],
)
def test_each_end_is_a_number_an_array_or_named(bounds, start, lower, upper):
    found = problem(bounds, **start).bounds
    np.testing.assert_array_equal(found.lower, lower)
    np.testing.assert_array_equal(found.upper, upper)


@pytest.mark.parametrize(
    ("bounds", "start", "error"),
    [
        ((1, 2), {}, r"x\[0\] starts at 0, outside of its bounds 1 to 2"),
        ((-1, {"w": 5, "b": 0.5}), {"x0": NAMED}, r"x\['b'\] starts at 1, outside"),
        ((-1, 0.9), {"x0": np.array([[0.5, -1], [1, 0]])}, r"x\[0\] starts at 1, outside"),
        (([-1, 0, 0], [1, 0, 1]), {}, r"the lower bound is 0 for x\[1\], and the upper one is 0"),
        ((-1, {"w": [[9, 9, 9], [9, -1, 9]], "b": 9}), {"x0": NAMED}, r"is -1 for x\['w'\]\[1, 1\]"),
        ((np.nan, 1), {}, "the lower bound holds NaN"),
        ((-1, [1, 2]), {}, r"the upper bound has the shape \(2,\), and x has \(3,\)"),
        ((-1, {"w": 1}), {"x0": NAMED}, "the upper bound names w, and x has w, b"),
        ((-1, {"w": 1}), {}, "the upper bound names w, and x is flat"),
        ((-1, "high"), {}, "the upper bound is a str, not numbers"),
        (5, {}, "bounds are a int, no pair"),
        ((1, 2, 3), {}, "bounds are a tuple, no pair"),
    ],
)
def test_other_bounds_are_refused(bounds, start, error):
    with pytest.raises(InputError, match=error):
        problem(bounds, **start)


def test_a_variant_has_the_bounds_of_its_problem():
    variants = {"other": problem}
    made = Problem(None, None, nodes=[NodeData((), ())], dim_x=3, dim_y=2, variants=variants, bounds=(-1, 1))
    np.testing.assert_array_equal(made.variant("other").bounds.upper, [1, 1, 1])


def described(bounds):
    return Description.parse({"problem": {"name": "quadratic", "bounds": bounds}, "nodes": 2}).resolve()


@pytest.mark.parametrize("given", ["-8,inf", [-8, "inf"], (-8.0, np.inf)])
def test_a_description_holds_bounds_in_numbers_that_json_has(given):
    held = described(given)
    assert held.problem.bounds == (-8, np.inf)
    assert held.portable()["problem"]["bounds"] == [-8.0, "inf"]
    assert described(held.portable()["problem"]["bounds"]).portable() == held.portable()
    assert "bounds" not in described(None).portable()["problem"]


@pytest.mark.parametrize("given", ["8,-8", "1,1", "nan,1", "1", "1,2,3", 3, "a,b"])
def test_a_description_refuses_other_bounds(given):
    with pytest.raises(InputError, match=r"problem\.bounds"):
        described(given)


def test_a_resumed_run_has_the_bounds_that_it_had(tmp_path):
    def run(steps, bounds, resume=True):
        return p2pbo.run(
            problem={"name": "quadratic", "bounds": bounds}, nodes=2, steps=steps, out=tmp_path / "run.h5",
            checkpoint_every=2, resume=resume,
        )  # fmt: skip

    run(2, (-0.001, 0.002), resume=False)
    went_on = run(4, (-0.001, 0.002)).final.x
    with pytest.raises(InputError, match="is of a run with problem = "):
        run(6, (-0.001, 0.003))
    np.testing.assert_array_equal(
        went_on, p2pbo.run(problem={"name": "quadratic", "bounds": "-0.001,0.002"}, nodes=2, steps=4).final.x
    )
    # four times the share η of the way
    assert went_on[0].min() == pytest.approx(-0.001 * (1 - 0.9**4), rel=1e-12)
