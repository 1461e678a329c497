"""The networks of topologies/, which ship with the project."""

from collections import defaultdict
from pathlib import Path

import pytest

from p2pbo.topology import build, spectral_report

SHIPPED = sorted(Path(__file__).parents[3].glob("topologies/*.graphml"))


def test_there_are_shipped_networks():
    assert {path.stem for path in SHIPPED} >= {"datacentres", "edge", "florentine", "karate", "nsfnet"}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_network_is_as_its_readme_says(path):
    topology = build(path)
    r = spectral_report(topology)
    figures = [r.nodes, r.edges, r.diameter, f"{r.lambda_2:.6f}", f"{r.gap:.4g}", f"{r.rounds_to_halve:.4g}"]
    row = " | ".join([f"| `{path.name}`", *map(str, figures), ""])
    assert row in (path.parent / "README.md").read_text()


@pytest.mark.parametrize("name", ["abilene", "nsfnet"])
def test_real_networks_have_links_with_bandwidth_and_latency(name):
    path = next(path for path in SHIPPED if path.stem == name)
    for _, _, link in build(path).graph.edges(data=True):
        assert 0.5 < link["latency"] < 40
        assert link["bandwidth"] in (193_000, 1_250_000_000)


LINE_RATES = {  # Mbit/s
    "datacentres": {"rack": {25_000}, "site": {10_000}, "WAN": {1000}},
    "edge": {
        "fibre": {1000},
        "VDSL": {10, 40},
        "cable": {20, 25, 40},
        "5G": {20},
        "LTE": {2, 10},
        "satellite": {10},
        "Wi-Fi": {50},
        "peer": {25},
    },
}


@pytest.mark.parametrize("name", LINE_RATES)
def test_made_up_networks_have_the_line_rates_of_their_links(name):
    path = next(path for path in SHIPPED if path.stem == name)
    rates = defaultdict(set)
    for *_, link in build(path).graph.edges(data=True):
        rates[link["kind"]].add(8 * link["bandwidth"] / 1e6)
        assert 0.01 <= link["latency"] <= 40
    assert rates == LINE_RATES[name]
