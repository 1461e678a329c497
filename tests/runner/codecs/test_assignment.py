"""From codec flags to the codec of every edge: by variable, by an attribute of the edges, and what is refused."""

from itertools import permutations
from types import SimpleNamespace

import networkx as nx
import numpy as np
import pytest

import p2pbo
from p2pbo import InputError
from p2pbo.config import Description
from p2pbo.network import Consensus
from p2pbo.runner.codecs.assignment import assign_codecs, codecs_by_variable, codecs_on_edges
from p2pbo.runner.codecs.dry_run import EdgeLoad, Payload
from p2pbo.topology import build

DIMS = {"x": 100, "y": 40, "z": 40}
SHAPES = {name: [(dim,)] for name, dim in DIMS.items()}
ONCE = SimpleNamespace(compressions=dict.fromkeys("xyz", 1), part_sizes={}, unsent="")
"""A method that compresses each direction once, and sends whole rows."""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("none", {"x": "none", "y": "none", "z": "none"}),
        ("randk:0.1", {"x": "randk:0.1", "y": "randk:0.1", "z": "randk:0.1"}),
        ("x=randk:20,y=randk:4", {"x": "randk:20", "y": "randk:4", "z": "randk:4"}),
        ("y=sign", {"x": "none", "y": "sign", "z": "sign"}),
        ("qsgd:4, x=none", {"x": "none", "y": "qsgd:4", "z": "qsgd:4"}),
        ("x=a,y=b,z=c", {"x": "a", "y": "b", "z": "c"}),
        ("z=c,y=b", {"x": "none", "y": "b", "z": "c"}),
        ("sign,z=c,y=b", {"x": "sign", "y": "b", "z": "c"}),
    ],
)
def test_codecs_by_variable_mean_the_same_in_any_order(text, found):
    for order in permutations(text.split(",")):
        assert codecs_by_variable(",".join(order), DIMS) == found


@pytest.mark.parametrize("text", ["xy=sign", "=sign", "q=sign"])
def test_a_codec_of_no_variable_is_refused(text):
    with pytest.raises(InputError, match=f"codec {text} names no variable"):
        codecs_by_variable(text, DIMS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("y=sign,y=topk:2", "gives y two codecs, sign and topk:2; leave"),
        ("sign,topk:2", "all variables two"),
    ],
)
def test_two_codecs_of_one_variable_are_refused(text, said):
    with pytest.raises(InputError, match=said):
        codecs_by_variable(text, DIMS)


def links(**rates):
    graph = nx.Graph()
    for edge, rate in rates.items():
        i, j = map(int, edge.removeprefix("e"))
        graph.add_edge(i, j, bandwidth=rate)
    return build(graph)


def one_row_of_each():
    """A step of one round that carries one row of each variable."""
    return EdgeLoad(
        1, {name: Payload(np.array([dim]), (1,), 0, (Consensus(),)) for name, dim in DIMS.items()}
    )


def chosen(text, by, topology):
    return codecs_on_edges(codecs_by_variable(text, DIMS), described(codec_by=by), topology, one_row_of_each)


def test_faster_edges_carry_as_many_more_entries_in_the_same_time():
    topology = links(e01=1000.0, e12=2500.0, e02=1e9)
    codecs, _ = chosen("randk:10", "bandwidth", topology)
    found = {(i, j): spec for i, j, spec in zip(topology.source, topology.target, codecs["x"], strict=True)}
    assert found == {
        (0, 1): "randk:10", (1, 0): "randk:10", (1, 2): "randk:25", (2, 1): "randk:25",
        (0, 2): "randk:100", (2, 0): "randk:100",
    }  # fmt: skip


def test_text_on_the_edges_is_their_codec():
    graph = nx.Graph()
    graph.add_edge(0, 1, link="randk:3")
    graph.add_edge(1, 2, link="none")
    codecs, reach = chosen("sign", "link", build(graph))
    assert codecs["y"] == ["randk:3", "randk:3", "none", "none"]
    assert reach is None


def described(**given):
    return Description.parse(given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"codec": "randq:0.1"}, r"codec 'randq' is not known; did you mean randk\?"),
        ({"codec": "x=randk:900"}, "randk:900 keeps more than the 100 entries; use K ≤ 100"),
        ({"codec": "w=sign"}, "codec w=sign names no variable 'w'"),
        ({"codec": "qsgd:4", "codec_by": "bandwidth"}, "codec qsgd:4 cannot be fitted to an edge's rate"),
        ({"codec": "none", "codec_by": "bandwidth"}, "codec none cannot be fitted to an edge's rate"),
        (
            {"codec": "randk:0.1", "codec_by": "bandwith"},
            r"edge 0 – 1 has no bandwith; did you mean bandwidth\?",
        ),
        ({"codec": "msc:2:topk:3"}, "msc"),
        (
            {"codec": "y=qsgd:4", "channel": "masked"},
            "codec qsgd:4 has no positions that both ends of an edge",
        ),
        (
            {"codec": "lowrank:0"},
            "codec lowrank: rank = '0' is refused; input should be greater than or equal to 1",
        ),
        (
            {"codec": "y=lowrank:2", "channel": "difference"},
            "channel difference is not that of lowrank:2, .* use auto",
        ),
    ],
)
def test_what_cannot_be_is_named(given, said):
    with pytest.raises(InputError, match=said) as refused:
        assign_codecs(described(**given), links(e01=1.0, e12=2.0), SHAPES, ONCE, one_row_of_each)
    assert "\n" not in str(refused.value)


def test_an_edge_without_the_attribute_is_called_as_in_its_file():
    graph = nx.Graph([("carol", "bob")])
    with pytest.raises(InputError, match="edge 'carol' – 'bob' has no bandwidth; "):
        chosen("randk:5", "bandwidth", build(graph))


def test_rates_must_be_positive():
    with pytest.raises(InputError, match="the edges' bandwidth is not positive everywhere"):
        chosen("randk:5", "bandwidth", links(e01=1.0, e12=0.0))


def test_nothing_lossy_is_no_compression():
    for text in ("none", "identity", "x=none,y=none"):
        given = described(codec=text), build("ring", 4), SHAPES, ONCE, one_row_of_each
        assert assign_codecs(*given).compression is None


@pytest.mark.parametrize("algorithm", ["sparkle-ed", "sparkle-extra"])
def test_mixings_that_need_w_itself_refuse_lossy_codecs(algorithm):
    given = {"problem": "quadratic", "algorithm": algorithm, "steps": 1}
    with pytest.raises(
        InputError, match=r"codec randk:0\.5 changes what is sent of y, and the mixing of y needs W itself"
    ):
        p2pbo.run(**given, codec="y=randk:0.5")
    assert p2pbo.run(**given, codec="none") is not None


def test_steps_that_are_measured_refuse_lossy_codecs_by_the_schedule():
    given = {
        "problem": "quadratic",
        "algorithm": "sparkle-gt",
        "steps": 1,
        "settings": {"schedule": {"x": "adaptive"}},
    }
    with pytest.raises(InputError) as refused:
        p2pbo.run(**given, codec="x=lowrank:1")
    assert str(refused.value) == (
        "codec lowrank:1 changes what is sent of x, and measuring the steps of x needs W itself; "
        "use --codec x=none, or another schedule of x"
    )
    assert p2pbo.run(**given, codec="y=lowrank:1") is not None


def test_a_trace_says_what_each_edge_carried():
    trace = p2pbo.run(problem="quadratic", algorithm="nc-soba", codec="x=randk:2,y=topk:3", steps=4, nodes=4)
    assert set(trace["edge_codec"].values) == {"x=randk:2,y=topk:3,z=topk:3"}
    per_round = 2 * 8 + 2 * (3 * 8 + 1)  # of 8 entries 3 are listed in 9 bits or by a bitmap of 8
    np.testing.assert_array_equal(trace["edge_bytes"].values, np.full(8, 4 * per_round))
    np.testing.assert_array_equal(trace["bytes_sent"].values[-1], np.full(4, 2 * 4 * per_round))
    assert set(p2pbo.run(problem="quadratic", codec="randk:3", steps=1)["edge_codec"].values) == {"randk:3"}
    assert set(p2pbo.run(problem="quadratic", steps=1)["edge_codec"].values) == {"none"}


def test_multi_step_compression_of_a_biased_codec_is_refused_before_the_first_step():
    with pytest.raises(InputError, match=r"msc.*biased"):
        p2pbo.run(problem="quadratic", algorithm="cm-soba-msc", codec="topk:3", steps=1)
    assert p2pbo.run(
        problem="quadratic", algorithm="nc-soba", settings={"rounds": 2}, codec="topk:3", steps=1
    )
