"""Eigenvalues that are known in closed form, and Lanczos beside dense ones."""

import itertools
import math

import networkx as nx
import numpy as np
import pytest

from p2pbo.topology import build, spectral_report
from p2pbo.topology.spectrum import laplacian
from p2pbo.topology.spectrum.laplacian import extreme_eigenvalues, lanczos_extremes
from p2pbo.topology.spectrum.report import effective_neighbours, rounds_to_halve
from p2pbo.topology.spectrum.spectral_measure import quadrature, spectral_measure


def spectrum(family, nodes=None):
    return np.linalg.eigvalsh(build(family, nodes).matrix())


def cosines(K):
    return 2 * np.cos(2 * np.pi * np.arange(K) / K)


CLOSED_FORMS = {
    ("ring", 11): (1 + cosines(11)) / 3,
    ("ring", 12): (1 + cosines(12)) / 3,
    ("line", 9): (1 + 2 * np.cos(np.pi * np.arange(9) / 9)) / 3,
    ("complete", 8): [1] + [0] * 7,
    ("star", 10): [1] + [0.9] * 8 + [0],
    ("hypercube", 16): [1 - 2 * sum(bits) / 5 for bits in itertools.product((0, 1), repeat=4)],
    ("torus:4x5", 20): [(1 + a + b) / 5 for a in cosines(4) for b in cosines(5)],
    ("exponential", 8): [
        (1 + 2 * math.cos(math.pi * k / 4) + 2 * math.cos(math.pi * k / 2) + math.cos(math.pi * k)) / 6
        for k in range(8)
    ],
}


@pytest.mark.parametrize(("family", "nodes"), CLOSED_FORMS)
def test_metropolis_eigenvalues_are_the_closed_form(family, nodes):
    assert spectrum(family, nodes) == pytest.approx(np.sort(CLOSED_FORMS[family, nodes]), abs=1e-12)


@pytest.mark.parametrize("family", ["ring", "torus", "exponential"])
def test_ten_thousand_nodes_have_the_closed_form(family):
    report = spectral_report(build(family, 10_000))
    k = np.arange(10_000)
    if family == "ring":
        every = (1 + cosines(10_000)) / 3
        gap, diameter = 4 / 3 * math.sin(math.pi / 10_000) ** 2, 5000
    elif family == "torus":
        every = ((1 + cosines(100)[:, None] + cosines(100)) / 5).ravel()
        gap, diameter = 4 / 5 * math.sin(math.pi / 100) ** 2, 100
    else:
        jumps = {2**j for j in range(14)}
        degree = len(jumps | {10_000 - jump for jump in jumps})
        every = (1 + sum(2 * np.cos(2 * np.pi * k * jump / 10_000) for jump in jumps)) / (degree + 1)
        gap, diameter = None, None
    every = np.sort(every)
    assert report.lambda_k == pytest.approx(every[0], abs=1e-9)
    assert report.lambda_2 == pytest.approx(every[-2], abs=1e-9)
    assert report.effective_neighbours_error == 0
    variance = np.mean(every**2 / (1 - 0.99 * every**2))
    assert report.effective_neighbours == pytest.approx(100 / variance, rel=1e-7)
    if gap is not None:
        assert report.gap == pytest.approx(gap, rel=1e-7)
        assert report.diameter == diameter


LARGE = ["ring", "line", "torus", "grid", "star", "er:0.02", "regular:4", "small-world", "exponential"]


@pytest.mark.parametrize("weights", ["metropolis", "unit"])
@pytest.mark.parametrize("family", LARGE)
def test_lanczos_finds_the_dense_eigenvalues(family, weights):
    topology = build(family, 600)
    weight = topology.weight if weights == "metropolis" else np.ones_like(topology.weight)
    dense = extreme_eigenvalues(topology.edges, weight)
    assert lanczos_extremes(topology.edges, weight) == pytest.approx(dense, rel=1e-8)


@pytest.mark.parametrize("family", LARGE)
def test_quadrature_means_what_all_eigenvalues_mean(family, monkeypatch):
    topology = build(family, 600)

    def bump(eigenvalue):
        return np.exp(-3 * (eigenvalue - 0.5) ** 2)

    expected, none = spectral_measure(topology).mean(bump)
    monkeypatch.setattr("p2pbo.topology.spectrum.spectral_measure.DENSE_NODES", 0)
    mean, error = spectral_measure(topology).mean(bump)
    assert none == 0
    if topology.graph.graph.get("vertex_transitive"):
        assert error == 0
        assert mean == pytest.approx(expected, rel=1e-10)
    else:
        assert 0 < error < 0.02 * expected
        assert abs(mean - expected) < 5 * error


def test_quadrature_from_every_node_is_the_trace():
    topology = build("grid:5x8")
    cubes = quadrature(topology, np.eye(40)).mean(lambda value: value**3)[0]
    W = topology.matrix()
    assert cubes == pytest.approx(np.trace(W @ W @ W) / 40, rel=1e-10)


def test_large_graphs_need_scipy(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "scipy.sparse", None)
    topology = build("ring", laplacian.DENSE_NODES + 1)
    with pytest.raises(ValueError, match=r"has 801 nodes, more than 800, which takes scipy; pip install"):
        spectral_report(topology)


@pytest.mark.parametrize("family", ["ring", "star", "torus:4x4", "line"])
def test_a_simulated_walk_has_the_effective_neighbours_noise(family):
    """z ← W (√γ z + ξ): alone its variance is 1/(1 − γ), together less by the effective neighbours."""
    topology, gamma, chains = build(family, 16), 0.9, 1500
    W, draw = topology.matrix(), np.random.default_rng(5)
    z = np.zeros((16, chains))
    for _ in range(100):
        z = W @ (math.sqrt(gamma) * z + draw.standard_normal(z.shape))
    neighbours, error = effective_neighbours(topology, gamma)
    assert error == 0
    assert neighbours == pytest.approx(1 / (1 - gamma) / z.var(), rel=0.05)


def test_effective_neighbours_of_no_and_of_full_agreement():
    assert effective_neighbours(build("complete", 1), 0.99)[0] == pytest.approx(1)
    assert effective_neighbours(build("complete", 12), 0.0)[0] == pytest.approx(12)
    assert effective_neighbours(build("complete", 12), 0.9)[0] == pytest.approx(12)


def test_rounds_to_halve_do_halve():
    topology = build("line", 12)
    rounds = rounds_to_halve(spectral_report(topology).gap)
    slowest = np.linalg.eigh(topology.matrix())[1][:, -2]
    left = np.linalg.matrix_power(topology.matrix(), round(10 * rounds)) @ slowest
    assert np.linalg.norm(left) == pytest.approx(2**-10, rel=0.05)
    assert rounds_to_halve(1.0) == 1
    assert rounds_to_halve(0.5) == pytest.approx(1)


def test_a_single_node_has_nothing_to_agree_on():
    report = spectral_report(build("ring", 1))
    assert (report.lambda_2, report.lambda_k, report.gap, report.rounds_to_halve) == (0, 0, 1, 1)
    assert (report.edges, report.diameter, report.floats_per_round) == (0, 0, 0)


def test_the_report_of_a_networkx_graph_keeps_its_attributes():
    given = nx.path_graph(["b", "a", "c"])
    given.edges["b", "a"]["latency"] = 2.5
    topology = build(given)
    assert [topology.graph.nodes[i]["label"] for i in range(3)] == ["b", "a", "c"]
    assert topology.graph.edges[0, 1]["latency"] == 2.5
    assert (topology.name, spectral_report(topology).topology) == ("custom", "custom")
