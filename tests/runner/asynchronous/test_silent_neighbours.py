"""Runs tell of nodes that fail and of edges that are dropped, log those who live, and refuse what cannot be."""

import copy
import warnings
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest

import p2pbo
from p2pbo.problems import PROBLEMS, ProblemContext

STEPS = {"alpha": 0.8, "beta": 0.8, "gamma": 0.8, "theta": 1.0, "radius": "off"}
USUAL = {"problem": "quadratic", "algorithm": "sparkle-gt", "settings": STEPS, "asynchronous": "on"}
USUAL |= {"compute_time": "10ms", "steps": 600, "log_every": 100}


def ring(fails_at=None, nodes=5, **edges):
    graph = nx.cycle_graph(nodes)
    nx.set_node_attributes(graph, fails_at or {}, "fails_at")
    for name, value in edges.items():
        nx.set_edge_attributes(graph, value, name)
    return graph


def told(**given):
    """The trace, and the Notices by their order."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        trace = p2pbo.run(**{**USUAL, **given})
    return trace, [str(warning.message) for warning in caught]


def test_a_file_says_when_a_node_fails_and_rows_are_of_those_who_live(tmp_path):
    nx.write_graphml(ring({3: 2.0}), tmp_path / "ring.graphml")
    trace, said = told(topology=tmp_path / "ring.graphml", silent_after="500ms")
    assert said[0] == "node 3 has failed after 2 s; rows are now of the nodes that live"
    assert sorted(said[1:]) == [
        "node 2 drops its edge with node 3, which has been silent for 500ms",
        "node 4 drops its edge with node 3, which has been silent for 500ms",
    ]
    (step,), (gap,) = trace["failure_step"].values, trace["failure_gap"].values
    assert trace["failure_node"].values.tolist() == [3]
    assert 200 <= step <= 201
    assert gap == pytest.approx(1 - np.linalg.eigvalsh(np.diag([2, 1, 1, 2]) / 3 + path_of_four())[-2])
    living = [0, 1, 2, 4]
    steps, losses = trace["node_steps"].values, trace["node_upper_loss"].values
    assert steps[-1, 3] in (199, 200)
    assert steps[-1].sum() == 600 * 5
    assert np.isnan(losses[3:, 3]).all()
    assert np.isnan(trace.final.x[3]).all()
    x = trace.final.x[living]
    norm = np.sqrt(((x - x.mean(axis=0)) ** 2).sum(axis=1).mean())
    assert trace["consensus_norm_x"].values[-1] == pytest.approx(norm)
    assert trace["upper_loss"].values[-1] == pytest.approx(losses[-1, living].mean(), rel=1e-2)
    assert trace["upper_loss"].values[-1] != pytest.approx(losses[2].mean(), rel=0.1)
    assert 0 < trace["largest_row_age"].values[-1] <= 0.01 + 1e-9


def path_of_four():
    return nx.to_numpy_array(nx.path_graph([0, 1, 2, 3])) / 3


def test_a_failure_without_a_limit_does_not_end_without_a_word():
    _, said = told(topology=ring({3: 2.0}))
    first, last = said
    assert first.startswith("node 3 has failed")
    assert "has heard nothing of node 3 for 5.02 of 7.01 s" in last
    assert last.endswith(
        "(one of 2 such edges); what it was told before may have led it astray: --silent-after drops such edges"
    )


FIGURES = ("hypergradient_norm", "y_error", "z_error", "hyper_objective")
LIVING = [node for node in range(8) if node != 3]


def of_the_living(problem, x):
    """Their solution at x in closed form: that of the same coefficients without node 3's."""
    held, exact = problem.exact.__self__, problem.exact.__func__
    own = {name: rows[LIVING] for name, rows in vars(held).items() if name != "mu"}
    return exact(replace(held, **own), x)


def check_figures(problem, trace):
    """The figures of the last row are those of the living, at their average."""
    X, Y, Z = (V[LIVING] for V in (trace.final.x, trace.final.y, trace.final.z))
    x = X.mean(axis=0)
    exact = of_the_living(problem, x)
    own = problem.lower_level == "local"
    y, z = (V if own else V.mean(axis=0, keepdims=True) for V in (Y, Z))
    f, _ = problem.host(range(8), np.dtype(float)).losses(np.tile(x, (8, 1)), spread(exact.y))
    found = {name: trace[name].values[-1] for name in FIGURES}
    assert found["hypergradient_norm"] == pytest.approx(np.linalg.norm(exact.hypergradient), abs=2e-9)
    assert found["y_error"] == pytest.approx(np.sqrt(((y - exact.y) ** 2).sum(1).mean()), abs=2e-9)
    assert found["z_error"] == pytest.approx(np.sqrt(((z - exact.z) ** 2).sum(1).mean()), abs=2e-9)
    assert found["hyper_objective"] == pytest.approx(f[LIVING].mean(), abs=2e-9)
    of_all = problem.exact(x).hypergradient
    assert abs(np.linalg.norm(of_all) - np.linalg.norm(exact.hypergradient)) > 1e-3


def spread(y):
    """The y of all eight nodes, given that of those who live, or one of them all."""
    everywhere = np.zeros((8, y.shape[-1]))
    everywhere[LIVING] = y
    return everywhere


@pytest.mark.parametrize(
    ("lower_level", "known"), [("shared", True), ("shared", False), ("local", True), ("local", False)]
)
def test_exact_figures_are_those_of_the_living(lower_level, known):
    problem = PROBLEMS.make("quadratic", ProblemContext(8, lower_level=lower_level))
    given = copy.copy(problem)
    given.exact = problem.exact if known else None
    trace, _ = told(problem=given, topology=ring({3: 0.2}, nodes=8), exact="on", steps=50, log_every=10)
    before = np.linalg.norm(problem.exact(np.zeros(10)).hypergradient)
    assert trace["hypergradient_norm"].values[0] == pytest.approx(before)
    check_figures(problem, trace)


def test_a_run_ends_at_the_hypergradient_of_the_living():
    problem = PROBLEMS.make("quadratic", ProblemContext(8))
    asked = {"exact": "on", "silent_after": "100ms", "until": "hypergradient_norm=1e-9", "steps": 5000}
    trace, _ = told(problem=problem, topology=ring({3: 0.2}, nodes=8), **asked)
    assert trace.ended_by == "until hypergradient_norm=1e-09"
    check_figures(problem, trace)
    x = trace.final.x[LIVING].mean(axis=0)
    assert np.linalg.norm(of_the_living(problem, x).hypergradient) <= 2e-9


def test_those_that_fall_apart_are_told_so():
    _, said = told(topology=ring({0: 1.0, 2: 1.0}, nodes=6), silent_after="1s")
    assert said[0] == "node 0 has failed after 1 s; rows are now of the nodes that live"
    assert (
        said[1]
        == "node 2 has failed after 1 s, and the others fall into 2 parts; rows are now of the nodes that live"
    )
    assert len(said) == 6


def test_slow_nodes_and_links_are_no_silence():
    graph = ring(latency=5.0)
    nx.set_node_attributes(graph, {node: 0.1 if node == 0 else 1.0 for node in graph}, "speed")
    assert told(topology=graph)[1] == []
    assert told(topology=graph, silent_after="221ms")[1] == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"asynchronous": "off"}, "--silent-after 5s drops edges of silent neighbours, .* --asynchronous on"),
        (
            {"topology": "directed-ring", "settings": {**STEPS, "mixing": "push-pull"}},
            "--silent-after 5s needs both ends .* topology directed-ring is directed",
        ),
        (
            {"silent_after": "30ms"},
            "--silent-after 30ms is over before nodes 0 and 1 can have answered each other, which takes 0.03 s",
        ),
        (
            {"silent_after": "4s", "topology": ring(latency=1995.0)},
            "--silent-after 4s is over .* takes 4.02 s; give several times as much, such as 21s",
        ),
        (
            {"silent_after": "500ms", "topology": ring(bandwidth=1600.0)},
            "--silent-after 500ms is over .* takes 0.55 s",  # 16 bytes of each of 26 entries, there and back
        ),
        ({"silent_after": "soon"}, "silent_after = 'soon' is refused; 'soon' is no time"),
        (
            {"topology": ring({3: 2.0}), "asynchronous": "off", "silent_after": None},
            "fails_at 2 of node 3 lets a node fail, and rounds wait for every node; .* --asynchronous on",
        ),
        ({"topology": ring({3: -1})}, "node 3 has the fails_at -1; give the seconds"),
        (
            {"topology": ring(dict.fromkeys(range(5), 2.0))},
            "fails_at 2 of node 0 .* so do all others; .* let one live",
        ),
        (
            {
                "topology": nx.DiGraph([(0, 1), (1, 2), (2, 0)]),
                "settings": {**STEPS, "mixing": "push-pull"},
                "silent_after": None,
            },
            "fails_at 2 of node 1 lets a node fail, and on directed graphs no edge is dropped",
        ),
    ],
)
def test_what_cannot_be_is_refused(given, said):
    topology = given.get("topology")
    if isinstance(topology, nx.DiGraph):
        topology.nodes[1]["fails_at"] = 2.0
    with pytest.raises(p2pbo.InputError, match=said):
        p2pbo.run(**{**USUAL, "topology": "ring", "silent_after": "5s", **given})


def test_ranks_are_not_patient_for_longer_than_a_stalled_job_lasts(either_build):
    flags = "--problem=quadratic --algorithm=async-soba --steps=3 --silent-after=1m --stall-timeout=60"
    finished = either_build.start(2, "-m", "p2pbo", "run", *flags.split())
    assert finished.code == 2
    (line,) = finished.own_lines
    assert (
        "--silent-after 1m is over when a rank that hangs has ended all as stalled, after --stall-timeout 60"
        in line
    )


def test_ranks_have_no_modelled_time_at_which_a_node_fails(either_build, tmp_path):
    nx.write_graphml(ring({3: 2.0}), tmp_path / "ring.graphml")
    flags = f"--problem=quadratic --algorithm=sparkle-gt --asynchronous=on --topology={tmp_path}/ring.graphml --steps=3"
    finished = either_build.start(2, "-m", "p2pbo", "run", *flags.split())
    assert finished.code == 2
    assert "fails_at 2 of node 3 lets a node fail, and ranks have no modelled time" in finished.own_lines[0]
