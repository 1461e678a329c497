"""Every kind of graph file: as networkx writes and reads it, packed, under names of any case; and what is refused."""

import bz2
import gzip
import lzma

import networkx as nx
import pytest
from topology_examples import refusal

from p2pbo.config import Description
from p2pbo.topology import build
from p2pbo.topology.build import is_file
from p2pbo.topology.files import READERS

WRITERS = {".graphml": nx.write_graphml, ".gml": nx.write_gml, ".net": nx.write_pajek}
PACKERS = {"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}
NAMES = ["alice", "New York", "Ulm", "Bern"]


def example():
    """A cycle of four with a chord; attributes are text, the one kind that Pajek's writer of networkx takes."""
    graph = nx.Graph()
    graph.add_nodes_from((name, {"capacity": f"0.{i + 1}"}) for i, name in enumerate(NAMES))
    nx.add_cycle(graph, NAMES, bandwidth="1e6")
    graph.add_edge("alice", "Ulm", bandwidth="2e6", kind="land line")
    return graph


def write(path, graph):
    suffix = next(ending for ending in READERS if ending in path.name.lower())
    WRITERS.get(suffix, nx.write_edgelist)(graph, path)


@pytest.mark.parametrize("ending", WRITERS)
def test_what_networkx_writes_is_read(tmp_path, ending):
    given, path = example(), tmp_path / f"net{ending}"
    write(path, given)
    graph = build(path).graph
    assert [label for _, label in graph.nodes(data="label")] == NAMES
    assert [float(share) for _, share in graph.nodes(data="capacity")] == [0.1, 0.2, 0.3, 0.4]
    for a, b, held in given.edges(data=True):
        found = graph.edges[NAMES.index(a), NAMES.index(b)]
        assert float(found["bandwidth"]) == float(held["bandwidth"])
        assert found.get("kind") == held.get("kind")
    assert graph.number_of_edges() == 5


@pytest.mark.parametrize("packing", PACKERS)
@pytest.mark.parametrize("ending", READERS)
def test_files_may_be_packed_and_have_names_in_capitals(tmp_path, ending, packing):
    made = build("ring", 5)
    plain = tmp_path / f"net{ending}"
    write(plain, nx.cycle_graph(5))
    for name in (f"packed{ending}{packing}", f"PACKED{ending}{packing}".upper(), f"misnamed{ending}"):
        (tmp_path / name).write_bytes(PACKERS[packing](plain.read_bytes()))
        assert build(str(tmp_path / name)).digest() == made.digest()


def test_what_is_a_file_and_what_a_family(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "network").write_text("0 1\n")
    (tmp_path / "ring").write_text("0 1\n")
    for name in ("net.gml", "NET.GRAPHML", "snap.txt.gz", "net.gexf", "a/b", "./ring", "network"):
        assert is_file(name), name
    for name in ("ring", "er:0.3", "torus:3x5", "rign", "err:0.3"):
        assert not is_file(name), name


@pytest.mark.parametrize("name", ["net.gexf", "network", "snap.gz", "net.txt.zip"])
def test_a_file_of_another_kind_is_refused_as_such(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text("0 1\n")
    said = f"{name} is no graph file that p2pbo reads; use one of {', '.join(READERS)}"
    assert refusal(name) == said
    assert Description.parse({"topology": name}).resolve().nodes is None


@pytest.mark.parametrize("name", ["net.gml", "NET.GraphML", "snap.txt.gz", "net.gexf", "no/ring"])
def test_a_file_that_is_not_there_is_named(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    assert refusal(name) == f"{name} cannot be read (no such file or directory); check the path"


GML = {
    "no graph": ("", "is no GML that networkx reads: input contains no graph; save it anew, or as GraphML"),
    "token": (
        "graph [\n node [ id 0 ]\n ?\n]",
        ", line 3, is no GML that networkx reads: cannot tokenize ?; ",
    ),
    "open": ("graph [ node [ id 0 ]\n", ", line 3, is no GML that networkx reads: expected ']', found EOF; "),
    "twice": (
        "graph [ node [ id 0 ] node [ id 1 ] edge [ source 0 target 1 ] edge [ source 1 target 0 ] ]",
        "is no GML that networkx reads: edge #1 (1--0) is duplicated; ",
    ),
    "id": ("graph [ node [ id [ a 1 ] ] ]", "is no GML that networkx reads: TypeError: "),
    "number": ("graph 5", "is no GML that networkx reads: AttributeError: "),
    "deep": ("graph " + 9000 * "[ a ", "has too many lists one in another; "),
    "parallel": (
        'graph [ multigraph 1 node [ id 0 label "alice" ] node [ id 1 label "bob" ] '
        "edge [ source 0 target 1 ] edge [ source 1 target 0 ] ]",
        "has parallel edges between 'alice' and 'bob'; ",
    ),
}


@pytest.mark.parametrize("case", GML)
def test_malformed_gml_is_refused(tmp_path, case):
    text, message = GML[case]
    path = tmp_path / "net.gml"
    path.write_text(text)
    said = refusal(path)
    assert said.startswith(f"{path}{message}" if message.startswith(",") else f"{path} {message}")
    assert len(said.splitlines()) == 1


def test_gml_may_be_directed(tmp_path):
    path = tmp_path / "net.gml"
    edges = " ".join(f"edge [ source {i} target {(i + 1) % 3} ]" for i in range(3))
    path.write_text(f"graph [ directed 1 node [ id 0 ] node [ id 1 ] node [ id 2 ] {edges} ]")
    assert set(build(path).graph.edges) == {(0, 1), (1, 2), (2, 0)}


def test_gml_may_say_its_ids_alone_and_in_any_letters(tmp_path):
    path = tmp_path / "net.gml"
    path.write_text(
        'Creator "é"\r\ngraph [\r\n node [ id 7 ]\r\n node [ id 3 ]\r\n edge [ source 3 target 7 ]\r\n]\r\n'
    )
    assert [label for _, label in build(path).graph.nodes(data="label")] == ["3", "7"]


PAJEK = '*Network x\n% drawn\n*Vertices 3\n1 alice 0.1 0.2 0.5 box\n2 "O\'Neill"\n'


def test_pajek_is_read_where_networkx_misreads_it(tmp_path):
    path = tmp_path / "net.net"
    path.write_text(PAJEK + "*Edges\n1 2 5 bandwidth 1e6\n% a comment\n*Arcs\n2 3\n3 2\n")
    graph = build(path).graph
    assert [label for _, label in graph.nodes(data="label")] == ["alice", "O'Neill", "3"]
    assert dict(graph.edges) == {(0, 1): {"bandwidth": 1e6, "weight": 5}, (1, 2): {}}
    path.write_text(PAJEK + "*Edges\n1 2\n*Arcs\n2 3\n")
    assert "no path leads from node 3 to node 'alice'; " in refusal(path)


BAD_PAJEK = {
    "range": ("*Edges\n1 4\n", 7, "has 4 for one of 3 vertices; number them from 1"),
    "name": ("*Edges\n1 alice\n", 7, "has 'alice' for one of 3 vertices; number them from 1"),
    "end": ("*Edges\n1\n", 7, "has one end of an edge; write the numbers of two vertices"),
    "list": ("*Edgeslist\n1 2 3\n", 6, "begins *Edgeslist; write the network as *Vertices, *Edges and *Arcs"),
    "vertex": ("1 bob\n", 6, "has vertex 1 a second time; keep one"),
    "second": ("*Edges\n1 2\n2 1\n", 8, "has \"O'Neill\" – 'alice' a second time; keep one edge"),
    "arc": ("*Arcs\n1 2\n*Edges\n2 1\n", 9, "has \"O'Neill\" – 'alice' a second time; keep one edge"),
    "value": (
        "*Edges\n1 2 1 bandwidth\n",
        7,
        "has an attribute without a value; write names and values by turns",
    ),
    "quote": ('3 "carol\n', 6, "has quotes that do not end; close them on the line"),
    "network": ("*Vertices 2\n", 6, "begins a second network; keep one in a file"),
}


@pytest.mark.parametrize("case", BAD_PAJEK)
def test_malformed_pajek_is_refused_at_its_line(tmp_path, case):
    text, line, message = BAD_PAJEK[case]
    path = tmp_path / "net.net"
    path.write_text(PAJEK + text)
    assert refusal(path) == f"{path}, line {line}, {message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 2\n", "line 1, stands before *Vertices; begin the network with *Vertices n"),
        ("*Edges\n", "line 1, begins *Edges before there are vertices; write *Vertices first"),
        ("*Vertices many\n", "line 1, does not say how many vertices there are; write *Vertices n"),
        ("*Vertices 999999999\n", "line 1, has 999999999 vertices; give a graph of 100000 or fewer"),
    ],
)
def test_pajek_begins_with_its_vertices(tmp_path, text, message):
    path = tmp_path / "net.net"
    path.write_text(text)
    assert refusal(path) == f"{path}, {message}"
