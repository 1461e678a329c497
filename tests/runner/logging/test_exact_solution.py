"""Exact figures of logged steps: when they are there, that they are right, and that ranks change nothing."""

import time
from pathlib import Path
from types import SimpleNamespace

import exact_runs
import numpy as np
import pytest

import p2pbo
from p2pbo.network import Network
from p2pbo.problems import PROBLEMS, NodeData, ProblemContext
from p2pbo.runner import loop
from p2pbo.runner.logging.averaged_nodes import AveragedNodes
from p2pbo.runner.logging.exact_solution import DistributedSolver, affordable
from p2pbo.runner.logging.metrics import MetricsCollector, RankMetrics, StepTimer
from p2pbo.topology import build

FIGURES = ("hypergradient_norm", "y_error", "hyper_objective")
PROGRAM = Path(exact_runs.__file__)


def quadratic(closed_form=True, convexity=0.8, **options):
    problem = PROBLEMS.make("quadratic", ProblemContext(4), **options)
    problem.convexity = convexity
    if not closed_form:
        problem.exact = None
    return problem


def run(problem, **given):
    return p2pbo.run(problem=problem, **{"steps": 6, "log_every": 3, **given})


def figures(trace):
    return {name: trace.values(name) for name in FIGURES if name in trace.metrics}


@pytest.mark.parametrize(
    ("exact", "closed_form", "convexity", "logged"),
    [
        ("auto", True, None, True),
        ("auto", False, 0.8, True),
        ("auto", False, None, False),
        ("on", True, None, True),
        ("on", False, None, True),
        ("off", True, 0.8, False),
        ("off", False, 0.8, False),
    ],
)
def test_figures_are_logged_as_asked(exact, closed_form, convexity, logged):
    found = figures(run(quadratic(closed_form, convexity), exact=exact))
    assert found.keys() == (set(FIGURES) if logged else set())
    known = figures(run(quadratic()))
    for name, values in found.items():
        np.testing.assert_allclose(values, known[name], rtol=1e-9)


@pytest.mark.parametrize(
    ("samples", "dim_y", "convexity", "cheap"),
    [
        (22_793, 246, 1e-3, False),  # a9a
        (2_000, 200, 1e-3, True),
        (2_000, 200, None, False),
        (500_000, 1, 1e-3, True),
        (500_001, 1, 1e-3, False),
    ],
)
def test_by_itself_it_solves_small_and_strongly_convex_problems_alone(samples, dim_y, convexity, cheap):
    assert affordable(SimpleNamespace(convexity=convexity, dim_y=dim_y), samples) == cheap


def test_the_samples_of_all_nodes_count():
    """100 nodes of 64 samples and 80 entries are too many for "auto", where one alone would not be."""
    problem = PROBLEMS.make("quadratic", ProblemContext(100), dim_y=80)
    problem.exact, problem.convexity = None, 0.8
    assert not figures(run(problem, steps=0))
    assert figures(run(problem, steps=0, exact="on")).keys() == set(FIGURES)


def test_in_single_precision_the_solution_is_still_exact():
    problem = quadratic(closed_form=False)
    trace, exact = run(problem, dtype="float32", exact="on"), quadratic().exact
    x, y = (V.mean(0, dtype=float) for V in (trace.final.x, trace.final.y))
    assert trace.values("y_error")[-1] == pytest.approx(np.linalg.norm(y - exact(x).y), rel=1e-9)
    norm = np.linalg.norm(exact(x).hypergradient)
    assert trace.values("hypergradient_norm")[-1] == pytest.approx(norm, rel=1e-9)


@pytest.fixture(scope="module")
def logged():
    """Give a point (X, Y, Z) of four nodes, and the metrics that a row at a point holds where all is solved for."""
    problem = quadratic(closed_form=False)
    network, oracles = Network(build("ring", 4)), problem.host(range(4), np.dtype(float))
    draw = np.random.default_rng(0)
    point = tuple(draw.standard_normal((4, dim)) for dim in (problem.dim_x, problem.dim_y, problem.dim_y))
    whole = SimpleNamespace(variables="xyz", trained_counts=lambda state, nodes: {})
    local = SimpleNamespace(problem=problem, held_out=None, oracles=oracles, algorithm=whole)
    everybody = AveragedNodes(4)
    solver = DistributedSolver(oracles, network.ranks, everybody)
    observer = MetricsCollector(local, network, solver, RankMetrics(local, network, StepTimer(), everybody))
    return point, lambda *point: observer.row(SimpleNamespace(step=0, point=point)).metrics


def test_the_error_of_z_is_logged_where_the_method_has_z(logged):
    point, metrics = logged
    found = metrics(*point)
    x, y, z = (V.mean(0) for V in point)
    exact = quadratic().exact(x)
    names = ("hypergradient_norm", "y_error", "z_error")
    expected = [np.linalg.norm(v) for v in (exact.hypergradient, y - exact.y, z - exact.z)]
    assert [found[name] for name in names] == pytest.approx(expected, rel=1e-9)


def test_the_hypergradient_is_the_slope_of_the_hyper_objective(logged):
    """Along a direction, by central differences: exact on quadratics, whatever y is."""
    (X, Y, Z), metrics = logged
    v = np.random.default_rng(1).standard_normal(X.shape[1])
    above, below = (metrics(X + h * v, Y, Z)["hyper_objective"] for h in (0.5, -0.5))
    assert above - below == pytest.approx(v @ quadratic().exact(X.mean(0)).hypergradient, rel=1e-8)
    assert metrics(X, Y + 1, Z)["hyper_objective"] == pytest.approx(
        metrics(X, Y, Z)["hyper_objective"], rel=1e-9
    )


def test_without_a_lower_minimum_the_figures_are_nan_and_the_run_goes_on():
    def concave(x, y, batch):
        return -(batch[0] * y**2).mean()

    data = np.ones((3, 1))
    problem = p2pbo.Problem(
        concave, concave, nodes=[NodeData((data,), (data,))] * 2, x0=np.zeros(2), y0=np.ones(2), lipschitz=1.0
    )
    trace = run(problem, exact="on", settings={"eta": 1e-3})
    assert trace.status == "completed"
    assert all(np.isnan(values).all() for values in figures(trace).values())
    assert len(figures(trace)) == len(FIGURES)


def test_solving_does_not_count_as_time_of_the_run(monkeypatch):
    problem, solve, now = quadratic(), quadratic().exact, [0.0]

    def slowly(x):
        now[0] += 1000
        return solve(x)

    monkeypatch.setattr(loop, "time", SimpleNamespace(perf_counter=lambda: now[0], monotonic=time.monotonic))
    problem.exact = slowly
    assert run(problem).values("wall_time")[-1] == 0
    assert now[0] >= 1000


@pytest.fixture(scope="module")
def in_process():
    return {name: exact_runs.run(problem, None) for name, problem in exact_runs.problems()}


@pytest.mark.parametrize("ranks", [2, 3])
def test_any_number_of_ranks_finds_the_same(either_build, ranks, in_process, tmp_path):
    either_build.program(ranks, PROGRAM, tmp_path)
    for name, trace in in_process.items():
        there = p2pbo.open_trace(tmp_path / f"{name}.h5")
        assert trace.values("step").tolist() == [0, 2, 4, 6]
        for figure in FIGURES:
            assert (trace.values(figure) > 1e-3).all()
            np.testing.assert_allclose(there.values(figure), trace.values(figure), rtol=1e-9)


@pytest.mark.parametrize("node", [0, 6])
def test_a_failure_in_a_solve_ends_the_job(either_build, node, tmp_path):
    """Of the rank that asks as of one that serves."""
    finished = either_build.start(3, PROGRAM, tmp_path, node)
    assert finished.code == 1
    assert finished.err.count("RuntimeError: an oracle that fails in a solve") == 1
