"""Nodes without rounds end where they should, whatever the seed, the speeds, delays and losses: ``make test-long``."""

import math
from functools import lru_cache

import networkx as nx
import pytest

import p2pbo

pytestmark = [pytest.mark.long, pytest.mark.filterwarnings("ignore:node . (has failed|drops)")]

NODES = 8
SEEDS = range(20)

TRIALS = {
    "equal": {},
    "slow": {"slow": 10.0},
    "loss": {"links": {"drop": 0.2}},
    "delay": {
        "latency": 25.0,
        "weights": "lazy",
    },  # a message is there at the third step from where it was sent
    "drawn": {"compute_time": "lognormal:10ms:0.5"},
}
DEATH = {"fails_at": 2.0, "silent_after": "500ms", "steps": 20_000}  # the end is that of the seven that live
TRACKED = {"alpha": 2.0, "beta": 0.5, "gamma": 0.5}
LATE = {"alpha": 1.0, "beta": 0.25, "gamma": 0.25}
NEUMANN = {"eta": 0.4, "beta1": 4.0, "beta2": 1.0, "terms": 20}
SHORT = {**NEUMANN, "terms": 5}


def run(algorithm, seed, settings, slow=1.0, latency=1.0, heterogeneity=1.0, fails_at=math.inf, **given):
    graph = nx.cycle_graph(NODES)
    if fails_at < math.inf:
        graph.nodes[seed % NODES]["fails_at"] = fails_at
    nx.set_node_attributes(graph, {i: 1 / slow if i == seed % NODES else 1.0 for i in graph}, "speed")
    nx.set_edge_attributes(graph, latency, "latency")
    usual = {"compute_time": "10ms", "exact": "on", "steps": 10_000, "log_every": 20}
    return p2pbo.run(
        problem={"name": "quadratic", "dim_x": 4, "dim_y": 3, "heterogeneity": heterogeneity},
        algorithm=algorithm,
        topology=graph,
        seed=seed,
        settings=settings,
        **{**usual, **given},
    )


@pytest.mark.parametrize("trial", [*TRIALS, "death"])
@pytest.mark.parametrize("seed", SEEDS)
def test_async_soba_ends_at_the_solution(seed, trial):
    settings = LATE if trial == "delay" else TRACKED
    given = {**TRIALS, "death": DEATH}[trial]
    trace = run("async-soba", seed, settings, **given, until="hypergradient_norm=1e-10")
    assert trace.ended_by == "until hypergradient_norm=1e-10"
    assert trace["consensus_norm_x"].values[-1] < 1e-8


@pytest.mark.parametrize("algorithm", ["async-mdbo", "async-vrdbo"])
@pytest.mark.parametrize("trial", [*TRIALS, "death"])
@pytest.mark.parametrize("seed", SEEDS)
def test_neumann_series_end_at_the_solution_where_data_are_equal(seed, trial, algorithm):
    given = {"heterogeneity": 0.0, "until": "hypergradient_norm=1e-09"}
    trace = run(algorithm, seed, NEUMANN, **given, **{**TRIALS, "death": DEATH}[trial])
    assert trace.ended_by == "until hypergradient_norm=1e-09"


@lru_cache
def floor(seed):
    """‖∇Φ(x̄)‖ where MDBO ends, whose Neumann series is short."""
    return run("mdbo", seed, {**SHORT, "beta1": 1.0}, steps=3000, log_every=3000).last.metrics[
        "hypergradient_norm"
    ]


@pytest.mark.parametrize("algorithm", ["async-mdbo", "async-vrdbo"])
@pytest.mark.parametrize("trial", TRIALS)
@pytest.mark.parametrize("seed", SEEDS)
def test_neumann_series_end_at_the_floor_of_mdbo_where_data_are_not(seed, trial, algorithm):
    trace = run(algorithm, seed, SHORT, **TRIALS[trial], steps=1000, log_every=1000)
    assert trace.last.metrics["hypergradient_norm"] == pytest.approx(floor(seed), rel=0.1)
