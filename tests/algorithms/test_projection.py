"""Π_ρ: the nearest point of the ball, and where its radius comes from."""

import numpy as np
import pytest
from stepping import quadratic

from p2pbo import NodeData, Problem
from p2pbo.algorithms.projection import ball, no_projection, onto_ball


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_rows_outside_go_to_the_sphere_and_rows_inside_stay(dtype):
    V = np.array([[3.0, 4.0], [0.3, 0.4], [0.0, 0.0], [0.0, -1.0]], dtype=dtype)
    found = ball(1.0)(V)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, [[0.6, 0.8], [0.3, 0.4], [0, 0], [0, -1]], rtol=1e-6)
    np.testing.assert_array_equal(found[1:], V[1:])


def test_no_point_of_the_ball_is_nearer():
    draw = np.random.default_rng(0)
    V = 3 * draw.standard_normal((5, 4))
    others = ball(2.0)(5 * draw.standard_normal((5, 4)))
    assert (np.linalg.norm(ball(2.0)(V) - V, axis=1) <= np.linalg.norm(others - V, axis=1)).all()


def problem(**known):
    return Problem(
        lambda x, y, b: y.sum(), lambda x, y, b: y @ y, nodes=[NodeData((), ())], dim_x=1, dim_y=1, **known
    )


def test_the_radius_is_given_or_the_problems():
    V = np.array([[9.0]])
    assert onto_ball(2.0, problem())(V) == 2
    assert onto_ball("auto", problem(slope=6.0, convexity=2.0))(V) == 3
    for unknown in (problem(), problem(slope=6.0), problem(convexity=2.0), quadratic()):
        assert onto_ball("auto", unknown) is no_projection
    assert onto_ball("off", problem(slope=6.0, convexity=2.0)) is no_projection
