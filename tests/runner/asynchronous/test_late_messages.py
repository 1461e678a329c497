"""Where messages take longer than steps, nodes bear small steps on a ring, and large ones with lazy weights."""

import networkx as nx
import pytest

import p2pbo


def run(weights):
    graph = nx.cycle_graph(6)
    nx.set_edge_attributes(graph, 25.0, "latency")
    return p2pbo.run(
        problem={"name": "quadratic", "dim_x": 4, "dim_y": 3},
        algorithm="async-soba",
        topology=graph,
        weights=weights,
        compute_time="10ms",
        exact="on",
        steps=1500,
        log_every=50,
        until="hypergradient_norm=1e-08",
        divergence_factor=100,
        settings={"alpha": 2.0, "beta": 1.0, "gamma": 1.0},
    )


def test_lazy_weights_bear_late_messages():
    assert run("lazy").ended_by == "until hypergradient_norm=1e-08"


def test_metropolis_weights_do_not():
    with pytest.raises(p2pbo.Diverged):
        run("metropolis")
