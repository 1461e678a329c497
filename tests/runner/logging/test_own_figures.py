"""What is logged where each node has a lower level of its own: f_i at its own y, and no y of the network."""

import numpy as np
import pytest

import p2pbo
from p2pbo import InputError
from p2pbo.problems import PROBLEMS, ProblemContext
from p2pbo.problems.newton_solution import LowerProblem, newton_solution

NODES = 4
FIGURES = ("hyper_objective", "hypergradient_norm", "y_error", "z_error")


def quadratic(**changed):
    problem = PROBLEMS.make("quadratic", ProblemContext(NODES, lower_level="local"), samples=8)
    vars(problem).update(changed)
    return problem


def run(problem, **given):
    return p2pbo.run(problem=problem, **{"algorithm": "d-soba", "steps": 5, "log_every": 5, **given})


def test_losses_are_those_of_each_nodes_own_y():
    problem = quadratic(test=lambda x, y: {"first": y[0]})
    trace = run(problem)
    X, Y, Z = trace.final.x, trace.final.y, trace.final.z
    x, oracles = X.mean(0), problem.host(range(NODES), np.dtype(float))
    everywhere = np.tile(x, (NODES, 1))
    f, g = oracles.losses(everywhere, Y)
    exact = problem.exact(x)
    expected = {
        "upper_loss": f.mean(),
        "lower_loss": g.mean(),
        "first": Y[:, 0].mean(),
        "hyper_objective": oracles.losses(everywhere, exact.y)[0].mean(),
        "hypergradient_norm": np.linalg.norm(exact.hypergradient),
        "y_error": np.sqrt(((Y - exact.y) ** 2).sum(1).mean()),
        "z_error": np.sqrt(((Z - exact.z) ** 2).sum(1).mean()),
        "consensus_x": ((X - x) ** 2).sum(1).mean(),
    }
    assert {name: trace.values(name)[-1] for name in expected} == pytest.approx(expected, rel=1e-12)
    assert not {f"consensus_{v}" for v in "yz"} & set(trace.metrics)
    assert trace["upper_loss"].long_name == "upper loss at the average x and each node's own y"


def test_solved_figures_are_those_of_the_closed_form():
    known, solved = (run(quadratic(**more), exact="on") for more in ({}, {"exact": None}))
    for name in FIGURES:
        np.testing.assert_allclose(solved.values(name), known.values(name), rtol=1e-8)


def test_all_nodes_are_solved_for_at_once():
    problem, x = quadratic(), np.ones(10)
    oracles = problem.host(range(NODES), np.dtype(float))
    found, exact = (
        newton_solution(LowerProblem.of_each(oracles, x, NODES), np.zeros(NODES * 8)),
        problem.exact(x),
    )
    for name in ("y", "z", "hypergradient"):
        np.testing.assert_allclose(getattr(found, name), getattr(exact, name).ravel(), rtol=1e-8, atol=1e-9)


def test_y_is_not_sent_and_takes_no_codec():
    trace = run(quadratic(), codec="randk:0.5")
    assert set(trace["edge_codec"].values) == {"randk:0.5"}
    assert (
        trace.values("bytes_sent")[-1] == 5 * 2 * 5 * 8
    ).all()  # 5 steps, 2 neighbours, 5 of x's 10 entries
    with pytest.raises(InputError, match="codec y=sign is for y, which is each node's own"):
        run(quadratic(), codec="x=randk:0.5,y=sign")


def test_the_lower_level_is_the_problems_own():
    with pytest.raises(
        InputError, match="lower level shared is not that of problem quadratic, which is local"
    ):
        run(quadratic(), lower_level="shared")
    with pytest.raises(InputError, match="lower_level 'own' is no lower level; choose from local, shared"):
        p2pbo.Problem(None, None, nodes=[None], dim_x=1, dim_y=1, lower_level="own")
    shared = PROBLEMS.make("quadratic", ProblemContext(NODES))
    with pytest.raises(InputError, match=r"exact gives y of shape \(8,\)"):
        run(quadratic(exact=shared.exact))


def test_a_run_repeats_from_its_trace():
    trace = p2pbo.run(problem="quadratic", nodes=NODES, lower_level="local", algorithm="mdbo", steps=3)
    described = trace.description
    assert described["lower_level"] == "local"
    assert described["algorithm"]["mixing"] == {"name": "tracking", "y": "local"}
    given = {name: value for name, value in described["algorithm"].items() if name != "name"}
    again = p2pbo.run(problem="quadratic", nodes=NODES, lower_level="local", settings=given, steps=3)
    np.testing.assert_array_equal(again.final.x, trace.final.x)
    assert "lower_level" not in p2pbo.run(problem="quadratic", nodes=NODES, steps=0).description
