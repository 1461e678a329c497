"""GraphML, GML and Pajek files, edge lists and tables of edges."""

import tempfile
from pathlib import Path

from harness import ROOT, check_reader, main, mutated, run_property
from hypothesis import given
from hypothesis import strategies as st

from p2pbo.topology.files import read_graph

SEEDS = {
    ".graphml": [
        (ROOT / "topologies" / f"{name}.graphml").read_bytes() for name in ("florentine", "abilene")
    ],
    ".edges": [
        b"# cities\nUlm\tBern  # fibre\n\n  Bern Basel\n",
        b"0 1\r\n1 2\r\n2 0\r\n",
        b"a b {'x': 1}\nb c {}",
    ],
    ".csv": [b'Source,Target,bandwidth\n"New York",Ulm,1e6\nUlm,Bern,\n', b"\xef\xbb\xbf0;1\r\n1;2\r\n"],
    ".gml": [
        b'graph [\n  directed 0\n  node [\n    id 0\n    label "a"\n  ]\n  node [\n    id 1\n    label "b"\n  ]\n'
        b"  edge [\n    source 0\n    target 1\n    latency 1.5\n  ]\n]\n"
    ],
    ".net": [b'*Vertices 3\n1 "a" 0.0 0.0 ellipse\n2 b\n*Edges\n1 2 1.0 latency 3\n*Arcs\n2 3\n3 2\n'],
}
TOKENS = {
    ".graphml": [
        *b"<node <edge <graph <data <key <desc> <default> /> </data> </graph> id= for= all int double boolean".split(),
        *b"directed undirected &b; &#0; &#x110000; <![CDATA[ <!-- <?xml <!DOCTYPE nan".split(),
        *b"utf-8 UTF-7 utf-16 zlib_codec idna \xff\xfe".split(),
        *(b"\0", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"<desc>" * 200, b"9" * 5000, b"x" * 2000),
    ],
    ".edges": [*b"0 1 # -1 \xff \xd9\xa3 \xc2\xb2".split(), b" ", b"\n", b"\0", b"\x0c", b"9" * 5000],
    ".csv": [
        *b'source,target from;to \t , ; " \xff \xef\xbb\xbf \x1f\x8b BZh'.split(b" "),
        b"\n",
        b"\r",
        b"\0",
        b"{" * 300,
    ],
    ".gml": [
        *b"graph node edge id source target label [ ] NAN INF -1 1e999 &#0; key".split(),
        b'"',
        b"a [ " * 3000,
    ],
    ".net": [
        *b"*vertices *edges *arcs *matrix *network % 4 0 999999999 \xff".split(),
        b'"',
        b"\n",
        b"9" * 5000,
    ],
}


def drive(examples: int) -> None:
    """Mutate files of graphs."""
    with tempfile.TemporaryDirectory() as folder:

        @given(st.sampled_from(list(SEEDS)), st.data())
        def reads_or_refuses(ending: str, data: st.DataObject) -> None:
            path = Path(folder, f"mutated{ending}")
            path.write_bytes(data.draw(mutated(SEEDS[ending], TOKENS[ending])))
            check_reader(path, read_graph)

        run_property(reads_or_refuses, examples)


if __name__ == "__main__":
    main(drive)
