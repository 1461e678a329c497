"""Edge lists: blanks, commas, semicolons, tabs; headers; attributes."""

import networkx as nx
import pytest
from topology_examples import refusal

from p2pbo.errors import Notice
from p2pbo.topology import build
from p2pbo.topology.files import READERS
from p2pbo.topology.files.edge_list import read_edge_list

ENDINGS = [ending for ending, read in READERS.items() if read is read_edge_list]


def written(tmp_path, text, name="net.txt"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def names(topology):
    return [label for _, label in topology.graph.nodes(data="label")]


@pytest.mark.parametrize("data", [True, False])
@pytest.mark.parametrize("ending", ENDINGS)
def test_what_networkx_writes_is_read(tmp_path, ending, data):
    made, path = build("small-world", 20), tmp_path / f"net{ending}"
    nx.write_edgelist(made.graph, path, data=data)
    assert build(path).digest() == made.digest()


def test_attributes_are_read_as_networkx_reads_them(tmp_path):
    given = nx.Graph()
    given.add_edge("alice", "bob", bandwidth=10**9, latency=0.25, kind="a # b", colour=None)
    given.add_edge("bob", "carol")
    path = tmp_path / "net.edgelist"
    nx.write_edgelist(given, path)
    path.write_text(path.read_text() + "carol alice {'kind': 'fibre'}  # third\n")
    graph = build(path).graph
    assert graph.edges[0, 1] == given.edges["alice", "bob"]
    assert graph.edges[1, 2] == {}
    assert graph.edges[0, 2] == {"kind": "fibre"}
    plain = tmp_path / "plain.edgelist"
    nx.write_edgelist(nx.path_graph(4, create_using=nx.Graph), plain)
    assert nx.utils.edges_equal(nx.read_edgelist(plain, nodetype=int).edges, build(plain).graph.edges)


def test_names_blanks_and_comments(tmp_path):
    path = written(tmp_path, "# cities\nUlm\tBern  # fibre\n\n  Bern Basel\n", "net.edges")
    topology = build(str(path))
    assert names(topology) == ["Ulm", "Bern", "Basel"]
    assert set(topology.graph.edges) == {(0, 1), (1, 2)}


ALIKE = "alice{0}bob\nbob{0}carol\n"


@pytest.mark.parametrize("header", ["", "source{0}target\n", "From{0}TO\n", "# a comment\n\nsrc{0}dst\n"])
@pytest.mark.parametrize(
    ("separator", "name"), [(" ", "n.txt"), (",", "n.csv"), (";", "n.csv"), ("\t", "n.tsv"), (", ", "n.txt")]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_separators_headers_and_encodings_make_no_difference(
    tmp_path, header, separator, name, end, encoding
):
    text = (header + ALIKE).format(separator).replace("\n", end)
    topology = build(written(tmp_path, text.encode(encoding), name))
    assert names(topology) == ["alice", "bob", "carol"]
    assert set(topology.graph.edges) == {(0, 1), (1, 2)}


def test_columns_are_attributes_and_blank_ones_are_none(tmp_path):
    text = ',Source,Target,bandwidth,latency,kind\n0,"New York",Ulm,1e6,3,"a, b"\n1,Ulm,Bern,, 0.5 ,\n,,,,,\n'
    topology = build(written(tmp_path, text, "net.csv"))
    assert names(topology) == ["New York", "Ulm", "Bern"]
    assert topology.graph.edges[0, 1] == {"bandwidth": 1e6, "latency": 3, "kind": "a, b"}
    assert topology.graph.edges[1, 2] == {"latency": 0.5}


def test_columns_may_stand_between_blanks_too(tmp_path):
    topology = build(written(tmp_path, "source target bandwidth\n10 30 5\n30 20 6\n"))
    assert names(topology) == ["10", "20", "30"]
    assert topology.graph.edges[0, 2] == {"bandwidth": 5}


def test_an_edge_both_ways_is_one_edge(tmp_path):
    text = "source,target,latency\na,b,1\nb,a,1\na,b,1.0\n"
    assert build(written(tmp_path, text, "net.csv")).graph.edges[0, 1] == {"latency": 1}


def test_whole_numbers_are_numbered_in_their_order_unless_two_are_one(tmp_path):
    assert names(build(written(tmp_path, "2 10\n10 1\n"))) == ["1", "2", "10"]
    assert names(build(written(tmp_path, "2 01\n01 1\n"))) == ["2", "01", "1"]


def test_edges_that_gephi_calls_directed_go_one_way(tmp_path):
    path = written(
        tmp_path, "Source,Target,Type,latency\na,b,Directed,1\nb,a,Directed,2\nb,c,Undirected,\n", "n.csv"
    )
    with pytest.warns(Notice, match="the two directions of 'a' – 'b' differ in latency; "):
        assert build(path).graph.edges[0, 1] == {"Type": "Directed", "latency": 2}
    path.write_text("Source,Target,Type\na,b,directed\n")
    assert refusal(path).startswith(
        f"topology {path} is not strongly connected: no path leads from node 'b' to node 'a'; "
    )
    assert set(build(path, undirected=True).graph.edges) == {(0, 1)}
    path.write_text("Source,Target,Type\na,b,Undirected\nb,a,Directed\n")
    assert refusal(path).startswith(f"{path}, line 3, says otherwise of edge 'b' – 'a' than line 2; ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            b"0 1\n1\n",
            ", line 2, has 1 column where an edge has 2; name all columns in the first line: source target bandwidth",
        ),
        (
            b"0 1\r\n\r\n1 2 0.5\r\n",
            ", line 3, has 3 columns where an edge has 2; name all columns in the first line: source target bandwidth",
        ),
        (b"source,target,rate\na,b\n", ", line 2, has 2 columns where an edge has 3; "),
        (b"a,b\nb,\n", ", line 2, lacks an end of its edge; name both"),
        (b"source,target,x,x\na,b,1,2\n", ", line 1, has two columns of one name; rename one"),
        (b'"a,b\n', ", line 1, has quotes that do not end; close them on the line"),
        (b"a b\nc, d\n", ", line 2, has a comma or semicolon beside a blank; part all columns alike"),
        (b"a b {'x': open('y')}\n", ", line 1, has attributes in braces that are not names with values; "),
        (b"a b {1: 2}\n", ", line 1, has attributes in braces that are not names with values; "),
        (b"a b {" + 6000 * b"[" + b"\n", ", line 1, has attributes in braces that are not names with values; "),
        (
            b"source target latency\nbob alice 1\ncarol bob 1\nalice bob 2\n",
            ", line 4, says otherwise of edge 'alice' – 'bob' than line 2; keep one of the two",
        ),
        (b"node_a node_b\n0 1\n1 2\n", ", line 1, has names where all other lines have numbers; call its columns"),
        (
            b"source target\nsource a\n",
            ", line 2, calls a node 'source', as the first line calls a column; rename the node",
        ),
        (b"0 \xff1\n", ", line 1, is not UTF-8 text; save it as UTF-8"),
        (b"# nothing\n", " has no nodes; give it at least one"),
        (b"3 3\n", " has an edge from node 3 to itself; remove it: self weights follow from the weighting"),
        (b"alice bob\ncarol carol\n", " has an edge from node 'carol' to itself; remove it: self weights follow"),
    ],
)  # fmt: skip
def test_a_malformed_edge_list_is_refused_at_its_line(tmp_path, text, message):
    path = written(tmp_path, text)
    assert refusal(path).startswith(f"{path}{message}")


@pytest.mark.parametrize(
    ("limit", "text", "said"),
    [
        ("MOST_NODES", "0 1\n1 2\n", " has 3 nodes; give a graph of 2 or fewer"),
        ("MOST_EDGES", "0 1\n0 2\n0 3\n0 4\n", " has 3 edges; give a graph of 2 or fewer"),
        ("LONGEST_NODE_NAME", "0 1\n1 222\n", ", line 2, has a name of 3 characters; use 2 at most"),
    ],
)
def test_an_edge_list_that_is_too_large_is_refused(tmp_path, monkeypatch, limit, text, said):
    monkeypatch.setattr(f"p2pbo.topology.files.limits.{limit}", 2)
    path = written(tmp_path, text)
    assert refusal(path) == f"{path}{said}"


@pytest.mark.parametrize("name", ["net.tsv", "net.csv"])
def test_names_may_have_blanks_where_tabs_part_the_columns(tmp_path, name):
    path = written(tmp_path, "New York\tUlm\nUlm\tBad Ems\n", name)
    assert names(build(path)) == ["New York", "Ulm", "Bad Ems"]
