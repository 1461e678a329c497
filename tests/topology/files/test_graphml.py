import networkx as nx
import pytest
from topology_examples import refusal

from p2pbo.topology import build
from p2pbo.topology.files.graphml import read_graphml

HEAD = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
KEY = '<key id="d" for="edge" attr.name="latency" attr.type="double"/>'
TWO = '<node id="a"/><node id="b"/>'


def graphml(tmp_path, *lines):
    path = tmp_path / "net.graphml"
    path.write_text("\n".join(lines))
    return path


def whole(tmp_path, *lines, key=KEY):
    return graphml(tmp_path, HEAD, key, '<graph edgedefault="undirected">', *lines, "</graph></graphml>")


def test_defaults_fill_what_is_not_said(tmp_path):
    key = '<key id="d" for="edge" attr.name="latency" attr.type="double"><default> 4.5 </default></key>'
    lines = ('<edge source="a" target="b"/>', '<edge source="b" target="c"><data key="d">2</data></edge>')
    graph = build(whole(tmp_path, TWO, '<node id="c"/>', *lines, key=key)).graph
    assert [graph.edges[edge]["latency"] for edge in ((0, 1), (1, 2))] == [4.5, 2.0]
    assert graph.nodes[0] == {"label": "a"}


def test_blank_values_are_none(tmp_path):
    key = '<key id="d" for="edge" attr.name="latency" attr.type="double"><default>4.5</default></key>'
    lines = ('<edge source="a" target="b"><data key="d"> </data></edge>', '<edge source="b" target="c"/>')
    graph = build(whole(tmp_path, TWO, '<node id="c"/>', *lines, key=key)).graph
    assert [graph.edges[edge]["latency"] for edge in ((0, 1), (1, 2))] == [4.5, 4.5]


TYPED = {
    "long": ("3000000000", 3_000_000_000),
    "float": ("0.5", 0.5),
    "boolean": ("true", True),
    "string": (" x", " x"),
}


@pytest.mark.parametrize("kind", TYPED)
def test_types_of_attributes_are_as_networkx_reads_them(tmp_path, kind):
    text, expected = TYPED[kind]
    key = f'<key id="d" for="edge" attr.name="kind" attr.type="{kind}"/>'
    path = whole(tmp_path, TWO, f'<edge source="a" target="b"><data key="d">{text}</data></edge>', key=key)
    found = build(path).graph.edges[0, 1]["kind"]
    assert (type(found), found) == (type(expected), expected)
    assert nx.read_graphml(path).edges["a", "b"]["kind"] == found


@pytest.mark.parametrize("said", ["false", "0", "  false\t"])
def test_an_edge_may_say_that_it_is_undirected(tmp_path, said):
    edge = f'<edge source="a" target="b" directed="{said}"/>'
    path = graphml(tmp_path, HEAD, '<graph edgedefault="directed">', TWO, edge, "</graph></graphml>")
    assert set(build(path).graph.edges) == {(0, 1)}


def test_names_are_those_that_yed_draws(tmp_path):
    def node(number, name):
        label = f'<y:NodeLabel visible="true">{name}<y:LabelModel/></y:NodeLabel><y:Shape type="ellipse"/>'
        return f'<node id="n{number}"><data key="g"><y:ShapeNode>{label}</y:ShapeNode></data></node>'

    head = HEAD.replace(">", ' xmlns:y="http://www.yworks.com/xml/graphml">')
    keys = (
        '<key for="port" id="p" yfiles.type="portgraphics"/><key for="node" id="g" yfiles.type="nodegraphics"/>'
        '<key for="edge" id="e" yfiles.type="edgegraphics"/><key for="graphml" id="r" yfiles.type="resources"/>'
    )
    edge = '<edge source="n0" target="n1"><data key="e"><y:Arrows source="none" target="none"/></data></edge>'
    nodes = [node(0, "alice"), node(1, "\n  bob  of\nUlm "), node(2, "carol")]
    graph = '<graph edgedefault="directed" id="G">'
    end = '</graph><data key="r"><y:Resources/></data></graphml>'
    path = graphml(tmp_path, head, keys, graph, *nodes, edge, edge.replace("n1", "n2"), end)
    read = read_graphml(path)
    drawn = nx.read_graphml(path)
    assert [label for _, label in read.nodes(data="label")] == ["alice", "bob of Ulm", "carol"]
    assert [" ".join(label.split()) for _, label in drawn.nodes(data="label")] == [
        "alice",
        "bob of Ulm",
        "carol",
    ]
    assert refusal(path).startswith(
        f"topology {path} is not strongly connected: no path leads from node 'bob of Ulm' to node 'alice'; "
    )


def test_names_of_other_programs_are_names_too(tmp_path):
    key = '<key id="v" for="node" attr.name="name" attr.type="string"/>'
    nodes = [f'<node id="n{i}"><data key="v">{name}</data></node>' for i, name in enumerate(("alice", "bob"))]
    path = whole(tmp_path, *nodes, key=key)
    assert "no path joins nodes 'alice' and 'bob'; " in refusal(path)


def test_names_that_two_nodes_share_are_not_used(tmp_path):
    key = '<key id="v" for="node" attr.name="label" attr.type="string"/>'
    nodes = [f'<node id="n{i}"><data key="v">host</data></node>' for i in range(2)]
    assert "no path joins nodes 'n0' and 'n1'; " in refusal(whole(tmp_path, *nodes, key=key))


def test_a_node_alone_is_a_network(tmp_path):
    path = whole(tmp_path, '<node id="a"/>')
    assert build(path).matrix().tolist() == [[1.0]]


def test_data_of_the_graph_is_no_node_s(tmp_path):
    key = '<key id="d" for="graph" attr.name="name" attr.type="string"/>'
    path = whole(tmp_path, TWO, '<edge source="a" target="b"/>', '<data key="d">x</data>', key=key)
    assert build(path).graph.edges[0, 1] == {}


def test_what_drawing_programs_add_is_passed_over(tmp_path):
    key = '<key id="d" for="node" yfiles.type="nodegraphics"/>'
    node = '<node id="c"><data key="d"><y:S xmlns:y="u"><node/><y:L>text</y:L></y:S></data></node>'
    edges = '<edge source="a" target="b"/><edge source="b" target="c"/>'
    assert build(whole(tmp_path, "<desc>drawn</desc>", TWO, node, edges, key=key)).graph.nodes[2] == {
        "label": "c"
    }


def test_an_edge_in_both_directions_is_undirected(tmp_path):
    both = '<edge source="a" target="b"/><edge source="b" target="a"/>'
    path = graphml(tmp_path, HEAD, '<graph edgedefault="directed">', TWO, both, "</graph></graphml>")
    assert build(path).graph.number_of_edges() == 1


BAD_LINES = {
    "unknown end": (
        '<edge source="a" target="z"/>',
        "has an edge of node 'z', which is not there; declare the node",
    ),
    "no target": ('<edge source="a"/>', "has <edge> without target=; give target="),
    "second node": ('<node id="a"/>', "has a second node 'a'; give every node an id of its own"),
    "second edge": (
        '<edge source="a" target="b"/><edge source="b" target="a"/>',
        "has 'b' – 'a' a second time; keep one edge",
    ),
    "no number": (
        '<edge source="a" target="b"><data key="d">fast</data></edge>',
        "gives 'fast' for 'latency', no double; correct the value",
    ),
    "unknown key": (
        '<edge source="a" target="b"><data key="e">1</data></edge>',
        "has data of a key 'e' that is not declared; declare it with <key>",
    ),
    "hyperedge": ("<hyperedge/>", "has <hyperedge> in <graph>; write it as edges of two nodes"),
    "nested": (
        '<node id="c"><graph edgedefault="undirected"/></node>',
        "has <graph> in <node>; take the nodes out of their group",
    ),
    "port": ('<node id="c"><port name="p"/></node>', "has <port> in <node>; let edges end at nodes"),
    "parallel": (
        2 * '<edge source="a" target="b"/>',
        "has 'a' – 'b' a second time; keep one edge",
    ),
    "direction": (
        '<edge source="a" target="b" directed="maybe"/>',
        "says directed='maybe' of edge 'a' – 'b'; write true or false",
    ),
    "underscore": (
        '<edge source="a" target="b"><data key="d">1_0</data></edge>',
        "gives '1_0' for 'latency', no double; correct the value",
    ),
    "tag": ("<node id='c'></edge>", "is not well-formed XML: mismatched tag; mend the file or save it anew"),
    "entity": (
        "<desc>&lol;</desc>",
        "is not well-formed XML: undefined entity; mend the file or save it anew",
    ),
}


@pytest.mark.parametrize("case", BAD_LINES)
def test_malformed_graphml_is_refused_at_its_line(tmp_path, case):
    line, message = BAD_LINES[case]
    path = whole(tmp_path, TWO, line)
    assert refusal(path) == f"{path}, line 5, {message}"


BAD_FILES = {
    "empty": ([""], "line 1, is not well-formed XML: no element found; "),
    "text": (["0 1", "1 2"], "line 1, is not well-formed XML: syntax error; "),
    "cut off": (
        [HEAD, '<graph edgedefault="undirected">'],
        "line 2, is not well-formed XML: no element found; ",
    ),
    "html": (["<html/>"], "line 1, has <html> in place of <graphml>; remove it"),
    "no graph": ([HEAD, "</graphml>"], "line 2, ends without a <graph>; give it one"),
    "two graphs": (
        [HEAD, '<graph edgedefault="undirected"/>', '<graph edgedefault="undirected"/>', "</graphml>"],
        "line 3, begins a second graph; keep one graph in a file",
    ),
    "default": ([HEAD, '<graph edgedefault="maybe"/>', "</graphml>"], "line 2, has edgedefault='maybe'; "),
    "no default": ([HEAD, "<graph/></graphml>"], "line 2, has <graph> without edgedefault=; "),
    "type": (
        [HEAD, '<key id="d" attr.name="x" attr.type="complex"/></graphml>'],
        "line 2, declares the attribute type 'complex'; use one of boolean, int, ",
    ),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_file_that_is_no_graphml_is_refused(tmp_path, case):
    lines, message = BAD_FILES[case]
    path = graphml(tmp_path, *lines)
    assert refusal(path).startswith(f"{path}, {message}")


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE graphml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE graphml SYSTEM "file:///etc/passwd">',
        "<!DOCTYPE graphml>",
    ],
)
def test_a_doctype_is_refused(tmp_path, doctype):
    path = graphml(tmp_path, '<?xml version="1.0"?>', doctype, HEAD, "<desc>&b;</desc></graphml>")
    expected = f"{path}, line 2, has a DOCTYPE, which could expand entities; remove the declaration"
    assert refusal(path) == expected


@pytest.mark.parametrize("encoding", ["zlib_codec", "idna", "UTF-7", "gbk", "nosuch", "x" * 999])
def test_only_encodings_of_text_are_read(tmp_path, encoding):
    path = graphml(tmp_path, "", f"<?xml version='1.0' encoding='{encoding}'?>".strip(), HEAD + "</graphml>")
    path.write_text(path.read_text().lstrip())
    assert refusal(path).startswith(f"{path}, line 1, declares the encoding '{encoding[:9]}")
    assert len(refusal(path)) < len(str(path)) + 200


def test_utf_16_is_read(tmp_path):
    path = whole(tmp_path, '<node id="é"/><node id="b"/><edge source="é" target="b"/>')
    path.write_bytes(("<?xml version='1.0' encoding='UTF-16'?>" + path.read_text()).encode("utf-16"))
    assert build(path).graph.nodes[0] == {"label": "é"}


LIMITS = {
    "MOST_NODES": (1, TWO, "more than 1 nodes"),
    "MOST_EDGES": (1, TWO + 2 * '<edge source="a" target="b"/>', "more than 1 edges"),
    "DEEPEST": (
        5,
        TWO + "<desc><desc><desc><desc/></desc></desc></desc>",
        "more than 5 elements one in another",
    ),
    "MOST_KEYS": (1, "", "more than 1 keys"),
    "MOST_DEFAULTS": (1, TWO, "more than 1 values by default"),
    "LONGEST_NODE_NAME": (3, '<node id="Ulm"/><node id="Bern"/>', "has an id of 4 characters; use 3 at most"),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_what_is_too_large_is_refused(tmp_path, monkeypatch, limit):
    most, lines, said = LIMITS[limit]
    monkeypatch.setattr(f"p2pbo.topology.files.graphml.{limit}", most)
    value = '<key id="e" attr.name="kind"><default>x</default></key>'
    assert said in refusal(whole(tmp_path, lines, key=KEY + value))


def test_a_file_of_many_bytes_is_refused_unread(tmp_path):
    for name, most in (("net.graphml", 2**28), ("net.edges", 2**26)):
        with (tmp_path / name).open("wb") as file:
            file.truncate(2**40)
        assert refusal(tmp_path / name).startswith(f"{tmp_path / name} has more than {most} bytes; ")


def test_long_values_are_shortened_in_messages(tmp_path):
    for line in (f'<data key="{"k" * 999}"/>', f'<data key="d">{"v" * 999}</data>', f"<{'t' * 999}/>"):
        path = whole(tmp_path, f'{TWO}<edge source="a" target="b">{line}</edge>')
        assert refusal(path).startswith(f"{path}, line 4, ")
        assert len(refusal(path)) < len(str(path)) + 150


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('<edge source="a" target="a"/>', "has an edge from node 'a' to itself; remove it"),
    ],
)
def test_edges_that_do_not_fit_are_named(tmp_path, lines, message):
    path = whole(tmp_path, TWO, lines)
    assert refusal(path).startswith(f"{path} {message}")


@pytest.mark.parametrize("said", ["true", "1", " true ", "&#10;1"])
def test_an_edge_may_say_that_it_goes_one_way(tmp_path, said):
    path = whole(tmp_path, TWO, f'<edge source="a" target="b" directed="{said}"/>')
    assert refusal(path).startswith(
        f"topology {path} is not strongly connected: no path leads from node 'b' to node 'a'; "
    )


def test_a_disconnected_file_is_refused(tmp_path):
    path = whole(tmp_path, TWO)
    assert refusal(path).startswith(
        f"topology {path} falls into 2 components: no path joins nodes 'a' and 'b'; "
    )


def test_a_file_says_its_size_itself(tmp_path):
    path = whole(tmp_path, TWO, '<edge source="a" target="b"/>')
    assert build(str(path), 2).nodes == 2
    assert refusal(path, 3) == f"topology {path} has 2 nodes, not 3; use --nodes 2"
