"""Hypergradients against JAXopt's implicit differentiation, which shares nothing with p2pbo but the numbers."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from stepping import oracles_and_sampler

from p2pbo.algorithms.hypergradients.neumann import Neumann
from p2pbo.algorithms.hypergradients.tracked import Tracked
from p2pbo.problems import PROBLEMS, ProblemContext
from p2pbo.problems.newton_solution import LowerProblem, newton_solution

PROGRAM = Path(__file__).with_name("implicit_differentiation.py")
CLASSES = {"samples": 120, "features": 4, "classes": 3}
RIDGE = 0.05
NAMES = ("logreg-hpo", "hyper-representation")


def instance(name, nodes):
    options = {"hidden": 3, "ridge": RIDGE} if name == "hyper-representation" else {}
    return PROBLEMS.make(name, ProblemContext(nodes, 0, "synthetic", CLASSES), **options)


def write(path, name, problem, x):
    """What the other program has to know."""
    sides = {
        f"{number}/{side}/{field}": np.asarray(values)
        for number, node in enumerate(problem.nodes)
        for side in ("upper", "lower")
        for field, values in getattr(node, side).items()
    }
    told = {
        "name": name,
        "shapes": {"x": problem.x.shapes, "y": problem.y.shapes},
        "ridge": RIDGE,
        "fields": list(problem.nodes[0].upper),
        "nodes": len(problem.nodes),
        "dim_y": problem.dim_y,
    }
    np.savez(path, told=json.dumps(told), x=x, **sides)


def close(found, expected):
    return np.linalg.norm(found - expected) <= 1e-6 * np.linalg.norm(expected)


def problem_and_point(name, nodes):
    problem = instance(name, nodes)
    return problem, problem.x.start + 0.3 * np.random.default_rng(1).standard_normal(problem.dim_x)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """(y*, ∇Φ) by JAXopt, by the problem's name and the number of nodes."""
    asked, answered = (tmp_path_factory.mktemp(name) for name in ("asked", "answered"))
    cases = [(name, nodes) for name in NAMES for nodes in (1, 3)]
    for name, nodes in cases:
        write(asked / f"{name} {nodes}.npz", name, *problem_and_point(name, nodes))
    command = [sys.executable, "-W", "ignore", PROGRAM, asked, answered]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    answers = {(name, nodes): np.load(answered / f"{name} {nodes}.npz") for name, nodes in cases}
    return {case: (answer["y"], answer["hypergradient"]) for case, answer in answers.items()}


@pytest.fixture(params=NAMES)
def solved(request, found):
    """For one and for three nodes: the problem, a point x, y* and ∇Φ."""
    name = request.param
    return {nodes: (*problem_and_point(name, nodes), *found[name, nodes]) for nodes in (1, 3)}


def test_neumann_series_with_many_terms(solved):
    """One node, whose own Hessian is the network's."""
    problem, x, y, expected = solved[1]
    oracles, sampler = oracles_and_sampler(problem)
    H = np.stack([oracles.lower(x[None], y[None], None).hyy(unit[None])[0] for unit in np.eye(problem.dim_y)])
    smallest, *_, largest = np.linalg.eigvalsh(H)
    neumann = Neumann(problem, lipschitz=1.01 * largest, terms=int(25 * largest / smallest))
    found, gy = neumann.directions(oracles, (x[None], y[None]), neumann.draw(sampler, 0, None))
    assert np.abs(gy).max() < 1e-10
    assert close(found[0], expected)
    few = Neumann(problem, lipschitz=1.01 * largest, terms=2)
    assert not close(few.directions(oracles, (x[None], y[None]), few.draw(sampler, 0, None))[0][0], expected)


@pytest.mark.parametrize("nodes", [1, 3])
def test_the_tracked_directions_average_at_the_exact_z(solved, nodes):
    """mean Dx = ∇Φ, mean Dy = 0 and mean Dz = 0 at (x, y*, z*), z* from explicit Hessians."""
    problem, x, y, expected = solved[nodes]
    oracles, sampler = oracles_and_sampler(problem)
    X, Y = np.tile(x, (nodes, 1)), np.tile(y, (nodes, 1))
    lower = oracles.lower(X, Y, None)
    H = np.stack([lower.hyy(np.tile(unit, (nodes, 1))).mean(0) for unit in np.eye(problem.dim_y)])
    z = -np.linalg.solve(H, oracles.upper(X, Y, None)[1].mean(0))
    tracked = Tracked(problem)
    Dx, Dy, Dz = tracked.directions(oracles, (X, Y, np.tile(z, (nodes, 1))), tracked.draw(sampler, 0, None))
    assert close(Dx.mean(0), expected)
    assert np.abs(Dy.mean(0)).max() < 1e-10
    assert np.abs(Dz.mean(0)).max() < 1e-10


@pytest.mark.parametrize("nodes", [1, 3])
def test_the_exact_metrics_solver(solved, nodes):
    problem, x, y, expected = solved[nodes]
    oracles, _ = oracles_and_sampler(problem)
    exact = newton_solution(LowerProblem.average(oracles, x, nodes), problem.y.start)
    assert close(exact.y, y)
    assert close(exact.hypergradient, expected)
