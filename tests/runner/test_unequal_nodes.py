"""Runs whose nodes differ in what they can afford: what their traces say, and what is said before they start."""

import networkx as nx
import numpy as np
import pytest

import p2pbo
from p2pbo import InputError
from p2pbo.errors import Notice

NETWORK = {
    "problem": {"name": "hyper-representation", "hidden": 8},
    "data": {"name": "synthetic", "samples": 200, "features": 12, "classes": 3},
    "nodes": 5,
    "steps": 4,
    "log_every": 2,
    "topology": "complete",
    "exact": "off",
}
CAPACITY = "1,1/2,1/4,1/8,1/8"
QUADRATIC = {"problem": "quadratic", "nodes": 4, "steps": 2, "log_every": 1}


def of_network(algorithm="rabo", **settings):
    given = {"batch": 4, "lipschitz": 5.0} if algorithm in ("rabo", "fedmbo") else {"batch": 4}
    return p2pbo.run(**NETWORK, algorithm=algorithm, settings={**given, **settings})


@pytest.fixture(scope="module")
def unequal():
    return of_network(capacity=CAPACITY)


@pytest.fixture(scope="module")
def whole():
    return of_network("fedmbo")


def test_what_nodes_send_is_their_part(unequal, whole):
    """Layers of 12 × h and h units: h (12 + 1) entries of x and 3h + 3 of y, with two notes of 8 units' bits."""
    units = np.array([8, 4, 2, 1, 1])
    per_round = 8 * (13 * units + 3 * units + 3) + 2
    expected = per_round * 4 * NETWORK["steps"]  # to four neighbours
    np.testing.assert_array_equal(unequal["bytes_sent"].values[-1], expected)
    assert (whole["bytes_sent"].values[-1] == 8 * (13 * 8 + 3 * 8 + 3) * 4 * NETWORK["steps"]).all()


def test_what_nodes_compute_is_their_part(unequal, whole):
    """All products of this network are linear in its hidden units."""
    flops, full = unequal["node_flops"].values[-1], whole["node_flops"].values[-1]
    assert (full == full[0]).all()
    np.testing.assert_array_equal(flops, full * [8, 4, 2, 1, 1] // 8)
    assert (np.diff(unequal["node_oracle_time"].values, axis=0) > 0).all()


def test_what_logging_computes_is_not_counted(whole):
    watched = p2pbo.run(
        **{**NETWORK, "exact": "on"}, algorithm="fedmbo", settings={"batch": 4, "lipschitz": 5.0}
    )
    np.testing.assert_array_equal(watched["node_flops"].values, whole["node_flops"].values)


def test_coverage_is_that_of_the_last_round():
    settings = {"capacity": "1/4", "masks": "static", "offset": "0,0,0,1/4,1/2"}
    with (
        pytest.warns(Notice, match="y:"),
        pytest.warns(Notice, match=r"x: .* leave out 0\.25 of its .* --capacity"),
    ):
        trace = of_network(**settings)
    assert set(trace["coverage_x"].values) == {1.0}
    np.testing.assert_allclose(trace["uncovered_x"].values, 0.25)
    assert set(of_network(capacity="1/2", masks="static", offset="0,1/2")["coverage_x"].values) == {2.0}


def test_coverage_of_rolling_windows_moves():
    given = {**QUADRATIC, "problem": {"name": "quadratic", "dim_x": 8}, "algorithm": "oap"}
    trace = p2pbo.run(**given, settings={"capacity": "1/2,1/4", "masks": "rolling", "masked": "x"})
    np.testing.assert_array_equal(
        trace["coverage_x"].values, [2, 2, 2]
    )  # two nodes have half, all have a quarter
    np.testing.assert_array_equal(trace["uncovered_x"].values, [0.5, 0.5, 0.5])
    assert "coverage_y" not in trace.metrics


@pytest.mark.parametrize(("flops", "counted"), [("auto", True), ("on", True), ("off", False)])
def test_flops_are_counted_where_asked_for(flops, counted):
    trace = p2pbo.run(**NETWORK, algorithm="fedavg", settings={"batch": 4}, flops=flops)
    assert ("node_flops" in trace.metrics) == counted
    assert "node_oracle_time" in trace.metrics


def test_other_methods_count_when_asked_to():
    for flops, counted in (("auto", False), ("on", True)):
        trace = p2pbo.run(**NETWORK, algorithm="nc-soba", settings={"batch": 4}, flops=flops)
        assert ("node_flops" in trace.metrics) == counted
    closed = p2pbo.run(**QUADRATIC, algorithm="fedmbo", flops="on")
    assert "node_flops" not in closed.metrics  # computed by numpy


def test_capacities_of_a_topology_file(tmp_path):
    graph = nx.cycle_graph(4)
    nx.set_node_attributes(graph, {0: 1.0, 1: 0.25, 2: 1.0, 3: 0.25}, "capacity")
    nx.write_graphml(graph, tmp_path / "unequal.graphml")
    given = {**QUADRATIC, "problem": {"name": "quadratic", "dim_x": 8, "dim_y": 8}, "nodes": None}
    trace = p2pbo.run(**given, topology=tmp_path / "unequal.graphml", algorithm="static")
    sent = trace["bytes_sent"].values[-1]
    np.testing.assert_array_equal(sent, sent[0] * np.array([1, 0.25, 1, 0.25]))
    whole = p2pbo.run(**given, topology=tmp_path / "unequal.graphml", algorithm="mdbo")  # knows no capacities
    assert len(set(whole["bytes_sent"].values[-1])) == 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"settings": {"capacity": "0,1"}},
            r"algorithm rabo: capacity = '0,1' is refused; 0 is not in \(0, 1\]",
        ),
        ({"settings": {"capacity": "2"}}, r"2 is not in \(0, 1\]"),
        ({"algorithm": "mdbo", "settings": {"capacity": "1/2"}}, "algorithm mdbo has no setting 'capacity'"),
        (
            {"settings": {"capacity": "1/2"}, "codec": "randk:0.5", "channel": "masked"},
            "channel masked cannot carry parts of .*; use --channel difference",
        ),
        ({"settings": {"capacity": "1,1/4", "masks": "static"}, "codec": "randk:5"}, "randk:5"),
        ({"algorithm": "protonet"}, "problem quadratic has no prototypes losses"),
    ],
)
def test_refused_before_anything_is_sent(given, message):
    problem = {"name": "quadratic", "dim_x": 8, "dim_y": 8}
    with pytest.raises(InputError, match=message):
        p2pbo.run(**{**QUADRATIC, "algorithm": "rabo", **given, "problem": problem})


def test_a_module_that_cannot_be_cut_names_its_layer():
    import torch

    backbone = torch.nn.Sequential(torch.nn.Linear(6, 4), torch.nn.LayerNorm(4), torch.nn.ReLU())
    node = p2pbo.NodeData((torch.ones(3, 6), torch.ones(3)), (torch.ones(3, 6), torch.ones(3)))

    def loss(x, y, batch):
        rows = torch.func.functional_call(backbone, x, (batch[0],))
        return ((rows @ y - batch[1]) ** 2).mean()

    problem = p2pbo.Problem(loss, loss, nodes=[node] * 2, x0=backbone, dim_y=4)
    with pytest.raises(InputError, match=r"x0\.1 \(LayerNorm\)"):
        p2pbo.run(problem=problem, algorithm="static", settings={"capacity": "1/2"}, steps=1)
    p2pbo.run(
        problem=problem, algorithm="static", settings={"capacity": "1,1/2", "structure": "entries"}, steps=1
    )


def test_an_impossible_capacity_in_a_file_is_named_by_its_node(tmp_path):
    (tmp_path / "net.net").write_text('*Vertices 2\n1 alice\n2 "carol" capacity 1.5\n*Edges\n1 2\n')
    given = {**NETWORK, "nodes": 2, "topology": tmp_path / "net.net"}
    with pytest.raises(
        InputError, match=r"the capacity of node 'carol' in the topology: 1.5 is not in \(0, 1\]"
    ):
        p2pbo.run(**given, algorithm="rabo", settings={"batch": 4, "lipschitz": 5.0})
