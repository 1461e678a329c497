"""Presets without rounds are the methods that they come from, by the flag, to the bit; and end where those end."""

import networkx as nx
import numpy as np
import pytest

import p2pbo

QUADRATIC = {"problem": "quadratic", "compute_time": "10ms", "exact": "on"}


def run(algorithm, steps, **given):
    return p2pbo.run(**{**QUADRATIC, "log_every": steps, **given}, algorithm=algorithm, steps=steps)


def one_slow(graph, slow=10.0):
    nx.set_node_attributes(graph, {node: 1 / slow if node == 0 else 1.0 for node in graph}, "speed")
    return graph


def drawn(nodes, seed):
    """A directed graph in which each edge is there by chance, and every node reaches every other."""
    graphs = (nx.gnp_random_graph(nodes, 0.35, seed=seed + tries, directed=True) for tries in range(100))
    return next(graph for graph in graphs if nx.is_strongly_connected(graph))


OF_GAO = {"eta": 0.2, "beta1": 2.0, "beta2": 1.5, "terms": 5, "batch": 8}
OF_HE = {"alpha": 0.3, "beta": 0.4, "gamma": 0.2, "batch": 8}


@pytest.mark.parametrize(
    ("preset", "method", "settings", "of_method"),
    [
        ("async-mdbo", "mdbo", {**OF_GAO, "alpha1": 2.0}, {}),
        ("async-vrdbo", "vrdbo", {**OF_GAO, "first_batch": 20}, {}),
        ("async-soba", "sparkle-gt", OF_HE, {"estimator": "sgd"}),
        ("async-soba", "sparkle-gt", OF_HE, {"estimator": "sgd", "mixing": "tracking"}),
        ("async-soba", "sparkle-gt", OF_HE, {"estimator": "sgd", "mixing": "push-pull"}),
    ],
)
@pytest.mark.parametrize("topology", ["ring", "directed-ring:3"])
def test_a_preset_is_its_method_by_the_flag(preset, method, settings, of_method, topology):
    """Trackers in rounds give their place to the ledger, over directed graphs, too."""
    given = {"topology": topology, "compute_time": "lognormal:10ms:0.5", "links": {"drop": 0.1}, "nodes": 6}
    named = {"alpha1", "alpha2"} & {*settings}
    weights = {name: 1.5 for name in ("alpha1", "alpha2") if preset != "async-soba" and name not in named}
    settings = {**settings, **weights}
    one = run(preset, 30, **given, settings=settings)
    other = run(method, 30, **given, settings={**settings, **of_method}, asynchronous="on")
    for name in ("x", "y", "z"):
        np.testing.assert_array_equal(getattr(one.final, name), getattr(other.final, name))
    np.testing.assert_array_equal(one["node_steps"].values, other["node_steps"].values)


GRAPHS = {
    "ring": (one_slow(nx.cycle_graph(5)), 1.5),
    "star": (one_slow(nx.star_graph(4)), 1.5),
    "complete": (one_slow(nx.complete_graph(5)), 3.0),
    "alone": (nx.empty_graph(1), 0.5),
    "directed ring": (one_slow(nx.cycle_graph(4, nx.DiGraph)), 0.5),
    "directed, drawn": (one_slow(drawn(5, seed=0)), 1.2),
    "directed, with chords": ("directed-ring:3", 1.2),
}


@pytest.mark.parametrize("graph", GRAPHS)
def test_async_soba_ends_at_the_solution(graph):
    """On unequal data, one node ten times slower."""
    topology, step = GRAPHS[graph]
    given = {"topology": topology, "log_every": 50, "until": "hypergradient_norm=1e-08"}
    trace = run("async-soba", 3000, **given, settings=dict.fromkeys(("alpha", "beta", "gamma"), step))
    assert trace.ended_by == "until hypergradient_norm=1e-08"
    assert trace["consensus_norm_x"].values[-1] < 1e-7


def test_its_default_steps_get_there_too():
    graph = one_slow(nx.cycle_graph(5))
    found = run("async-soba", 900, topology=graph, log_every=300)["hypergradient_norm"].values
    assert (found[2:] < found[1:-1] / 5).all()


@pytest.mark.parametrize("algorithm", ["async-mdbo", "async-vrdbo"])
def test_own_lower_levels_take_the_bias_from_neumann_series(algorithm):
    given = {"nodes": 3, "lower_level": "local", "log_every": 50, "until": "hypergradient_norm=1e-06"}
    trace = run(algorithm, 1000, **given, settings={"eta": 0.3, "terms": 40})
    assert trace.ended_by == "until hypergradient_norm=1e-06"


def test_a_method_says_in_its_trace_that_it_has_no_rounds():
    assert run("async-soba", 2).description["asynchronous"] == "on"
    assert "asynchronous" not in run("mdbo", 2).description


def test_on_ranks_it_needs_neither_the_flag_nor_a_computing_time(either_build, tmp_path):
    flags = "--problem=quadratic --algorithm=async-soba --nodes=4 --steps=60 --log-every=20 --exact=on"
    finished = either_build.start(2, "-m", "p2pbo", "run", *flags.split(), f"--out={tmp_path / 'run.h5'}")
    assert finished.code == 0
    trace = p2pbo.open_trace(tmp_path / "run.h5")
    assert trace.description["asynchronous"] == "on"
    norms = trace["hypergradient_norm"].values
    assert norms[-1] < norms[0]
