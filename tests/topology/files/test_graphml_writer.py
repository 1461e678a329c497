import networkx as nx
import pytest
from topology_examples import FAMILIES

from p2pbo.topology import build
from p2pbo.topology.files.graphml_writer import write_graphml


@pytest.mark.parametrize("family", FAMILIES)
def test_a_written_graph_is_read_back(tmp_path, family):
    made = build(family, 16, "lazy", seed=2)
    write_graphml(made, tmp_path / "net.graphml")
    back = build(tmp_path / "net.graphml", weights="lazy")
    assert back.digest() == made.digest()
    weights = {(i, j): w for i, j, w in back.graph.edges(data="mixing_weight")}
    W = made.matrix()
    assert weights == {(i, j): W[i, j] for i, j in made.graph.edges}
    assert nx.is_isomorphic(nx.read_graphml(tmp_path / "net.graphml"), made.graph)


def test_attributes_go_through_a_file(tmp_path):
    given = nx.Graph()
    given.add_node("Ulm <&>", latitude=48.4, core=True, racks=3)
    given.add_node("Bern", latitude=46.9, core=False, racks=2**40)
    given.add_edge("Ulm <&>", "Bern", latency=1.25, bandwidth=10**9, kind="fibre")
    write_graphml(build(given), tmp_path / "net.graphml")
    graph = build(tmp_path / "net.graphml").graph
    assert graph.nodes[0] == {"label": "Ulm <&>", "latitude": 48.4, "core": True, "racks": 3}
    assert graph.nodes[1] == {"label": "Bern", "latitude": 46.9, "core": False, "racks": 2**40}
    assert graph.edges[0, 1] == {"latency": 1.25, "bandwidth": 10**9, "kind": "fibre", "mixing_weight": 0.5}


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(
        ValueError, match=r"x\.graphml cannot be written \(no such file or directory\); check"
    ):
        write_graphml(build("ring", 3), tmp_path / "nowhere" / "x.graphml")
