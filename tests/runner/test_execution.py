"""What one run does, in this process: its trace, its beginnings and ends, and what it may be given."""

import json

import networkx as nx
import numpy as np
import pytest

import p2pbo
from p2pbo.algorithms import ALGORITHMS
from p2pbo.config.description import LATER_FIELDS
from p2pbo.problems import PROBLEMS, ProblemContext
from p2pbo.topology import build
from p2pbo.topology.files.graphml_writer import write_graphml

DIGITS = {"name": "synthetic", "samples": 60, "features": 5, "classes": 3}


def quadratic(**given):
    return p2pbo.run(**{"problem": "quadratic", "nodes": 4, "steps": 7, "log_every": 3, "seed": 2, **given})


@pytest.fixture(scope="module")
def trace():
    return quadratic(settings={"batch": 16})


@pytest.fixture(scope="module")
def exact():
    return PROBLEMS.make("quadratic", ProblemContext(nodes=4, seed=2)).exact


def test_the_first_and_the_last_step_and_every_third_are_logged(trace):
    assert trace.values("step").tolist() == [0, 3, 6, 7]
    assert trace.status == "completed"
    assert {name for name in trace.metrics if trace.field(name).dims == ("step",)} == {
        *("upper_loss", "lower_loss", "consensus_x", "consensus_y"),
        *("hyper_objective", "hypergradient_norm", "y_error"),
        *("consensus_norm_x", "consensus_norm_y"),
        *("wall_time", "compute_time", "wait_time"),
    }


def test_the_last_row_describes_the_final_state(trace, exact):
    X, Y = trace.final.x, trace.final.y
    x, y = X.mean(0), Y.mean(0)
    solution = exact(x)
    held = exact.__self__
    expected = {
        # Φ(x̄) = mean over nodes and samples of ½‖y* − c‖² + ½ μ‖x̄ − e‖²
        "hyper_objective": 0.5 * ((solution.y - held.c) ** 2).sum(-1).mean()
        + 0.5 * held.mu * ((x - held.e) ** 2).sum(-1).mean(),
        "consensus_x": ((X - x) ** 2).sum() / 4,
        "consensus_y": ((Y - y) ** 2).sum() / 4,
        "consensus_norm_x": np.linalg.norm(X - x) / 2,
        "consensus_norm_y": np.linalg.norm(Y - y) / 2,
        "hypergradient_norm": np.linalg.norm(solution.hypergradient),
        "y_error": np.linalg.norm(y - solution.y),
    }
    found = {name: trace.values(name)[-1] for name in expected}
    assert found == pytest.approx(expected, rel=1e-12)


def test_losses_are_means_over_nodes_at_the_average(trace):
    oracles = PROBLEMS.make("quadratic", ProblemContext(nodes=4, seed=2)).host(range(4), np.dtype(float))
    X, Y = trace.final.x, trace.final.y
    f, g = oracles.losses(*(np.tile(V.mean(0), (4, 1)) for V in (X, Y)))
    assert trace.values("upper_loss")[-1] == pytest.approx(f.mean(), rel=1e-12)
    assert trace.values("lower_loss")[-1] == pytest.approx(g.mean(), rel=1e-12)
    np.testing.assert_allclose(trace.values("node_upper_loss")[-1], oracles.losses(X, Y)[0], rtol=1e-12)


def test_nodes_agree_exactly_at_the_start():
    start = p2pbo.run(problem="hyper-representation", algorithm="d-soba", data=DIGITS, nodes=3, steps=0)
    assert start.values("consensus_x") == 0
    assert (start.values("node_consensus_x") == 0).all()


def test_each_node_has_its_distance_to_the_average(trace):
    X = trace.final.x
    distance = trace.values("node_consensus_x")[-1]
    np.testing.assert_allclose(distance, np.linalg.norm(X - X.mean(0), axis=1), rtol=1e-12)


def test_times_grow_and_add_up(trace):
    wall, compute, wait = (trace.values(f"{part}_time") for part in ("wall", "compute", "wait"))
    np.testing.assert_allclose(compute + wait, wall, rtol=1e-9)
    assert wall[0] == 0
    assert (np.diff(wall) > 0).all()
    assert not wait.any()  # one process waits for nobody


def test_bytes_are_those_of_two_neighbours_tracked_variables_and_every_step(trace):
    entries = 2 * (10 + 8)  # V and T of x and y
    per_step = 2 * entries * 8
    steps = trace.values("step")[:, None]
    np.testing.assert_array_equal(trace.values("bytes_sent"), np.tile(steps * per_step, 4))
    np.testing.assert_array_equal(trace.values("messages_sent"), np.tile(steps * 2, 4))
    np.testing.assert_array_equal(trace.values("edge_bytes"), np.full(8, 7 * entries * 8))


def test_the_attributes_say_how_it_ran(trace):
    found = trace.attributes
    assert (found["ranks"], found["hosts"], found["mpi_library"], found["seed"]) == (1, 1, "none", 2)
    assert (found["crossed_bytes"], found["crossed_messages"]) == (0, 0)
    assert found["spectral_gap"] == pytest.approx(2 / 3)


def test_the_description_is_resolved(trace):
    described = json.loads(trace.attributes["description"])
    assert described["nodes"] == 4
    assert described["topology"].items() >= {"name": "ring", "weights": "metropolis"}.items()
    assert described["algorithm"]["batch"] == 16
    left_out = {field.removeprefix("algorithm.") for field in LATER_FIELDS if field.startswith("algorithm.")}
    settings = ALGORITHMS.make("mdbo").check("mdbo", {}).keys()
    assert described["algorithm"].keys() == settings - left_out | {"name"}
    assert described["problem"] == {
        "name": "quadratic",
        "dim_x": 10,
        "dim_y": 8,
        "heterogeneity": 1.0,
        "samples": 64,
        "noise": 0.1,
    }
    assert "out" not in described


def test_no_steps_leave_the_start():
    trace = quadratic(steps=0)
    assert trace.values("step").tolist() == [0]
    assert not trace.final.x.any()
    assert not trace.values("edge_bytes").any()


@pytest.mark.parametrize("algorithm", ["dsbo", "gdsbo", "mdbo"])
def test_one_node_takes_plain_gradient_steps(algorithm):
    """With α η = 1 momentum is no more than the gradient, and alone there is nobody to track."""
    eta, terms, steps = 0.5, 6, 5
    alphas = {} if algorithm == "dsbo" else {"alpha1": 1 / eta, "alpha2": 1 / eta}
    settings = {"eta": eta, "terms": terms, **alphas}
    trace = quadratic(algorithm=algorithm, nodes=1, topology="complete", steps=steps, settings=settings)
    problem = PROBLEMS.make("quadratic", ProblemContext(nodes=1, seed=2))
    oracles = problem.host(range(1), np.dtype(float))
    X, Y = np.zeros((1, 10)), np.zeros((1, 8))
    for _ in range(steps):
        fx, fy = oracles.upper(X, Y, None)
        lower = oracles.lower(X, Y, None)
        p, q = fy, fy
        for _ in range(terms - 1):
            q = q - lower.hyy(q) / problem.lipschitz
            p = p + q
        X, Y = X - eta * (fx - lower.hxy(p / problem.lipschitz)), Y - eta * lower.gy
    np.testing.assert_allclose(trace.final.x, X, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(trace.final.y, Y, rtol=1e-12, atol=1e-14)


def test_a_topology_may_be_a_graph_a_matrix_or_a_file(tmp_path):
    named = quadratic(topology="star")
    built = build("star", 4)
    write_graphml(built, tmp_path / "star.graphml")
    given = {"graph": nx.star_graph(3), "matrix": built.matrix(), "path": tmp_path / "star.graphml"}
    for kind, topology in given.items():
        for nodes in (4, None):
            trace = quadratic(topology=topology, nodes=nodes)
            np.testing.assert_allclose(trace.final.x, named.final.x, rtol=1e-12, err_msg=kind)


def test_the_seed_decides_the_numbers(trace):
    again, other = (quadratic(settings={"batch": 16}, seed=seed) for seed in (2, 3))
    np.testing.assert_array_equal(again.final.x, trace.final.x)
    assert not np.allclose(other.final.x, trace.final.x)


def test_a_run_writes_the_file_that_it_is_given(tmp_path, trace):
    out = tmp_path / "deep" / "run.h5"
    written = quadratic(settings={"batch": 16}, out=out)
    assert written.path == out
    np.testing.assert_array_equal(p2pbo.open_trace(out).final.x, trace.final.x)


def test_float32_stays_float32():
    assert quadratic(dtype="float32").final.x.dtype == np.float32
