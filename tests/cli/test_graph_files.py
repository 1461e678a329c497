"""Every command on a graph's file that is no family: a directed drawing."""

import json

import networkx as nx
import numpy as np
import pytest
from command import said_to

import p2pbo
from p2pbo import open_trace

RUN = ("--problem=quadratic", "--steps=3", "--exact=off", "--quiet")
REFUSED = (
    " is directed: 'alice' → 'bob' has no edge back; add the other direction, or say --undirected (in Python "
)
DIFFER = "the two directions of 'alice' – 'carol' differ in bandwidth; an edge gets the smaller bandwidth, "


@pytest.fixture
def drawn(tmp_path):
    """A triangle as programs draw it: one edge has two directions, of which one is slower."""
    graph = nx.DiGraph()
    graph.add_edges_from([("alice", "bob"), ("bob", "carol")], bandwidth=4e6)
    graph.add_edge("carol", "alice", bandwidth=3e6)
    graph.add_edge("alice", "carol", bandwidth=2e6)
    path = tmp_path / "drawn.graphml"
    nx.write_graphml(graph, path)
    return path


COMMANDS = {
    "run": ("run", *RUN),
    "launch": ("launch", "-n", 2, *RUN),
    "sweep": ("sweep", *RUN, "--seed=0,1"),
    "topology": ("topology", "--json"),
}


def given(command, path):
    return (*COMMANDS[command], path) if command == "topology" else (*COMMANDS[command], "--topology", path)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_drawing_is_refused_until_it_is_said_to_be_one(command, drawn, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = said_to(*given(command, drawn))
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"p2pbo: {drawn}{REFUSED}")
    assert said.err.count("\n") == 1


def test_a_drawing_that_is_said_to_be_one_is_reported_on(drawn):
    with pytest.warns(p2pbo.Notice, match=DIFFER):
        said = said_to(*given("topology", drawn), "--undirected")
    assert said.code == 0
    assert json.loads(said.out)["edges"] == 3


def test_a_run_on_a_drawing_repeats_from_its_trace(drawn, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.warns(p2pbo.Notice, match=DIFFER):
        assert said_to(*given("run", drawn), "--undirected", "--out=run.h5").code == 0
    with pytest.warns(p2pbo.Notice, match=DIFFER):
        assert said_to("run", "run.h5", "--quiet", "--out=again.h5").code == 0
    with pytest.warns(p2pbo.Notice, match=DIFFER):
        python = p2pbo.run(topology=drawn, undirected=True, problem="quadratic", steps=3, exact="off")
    first, again = open_trace("run.h5"), open_trace("again.h5")
    assert first.description == again.description == python.description
    assert first.description["topology"]["undirected"] is True
    np.testing.assert_array_equal(first.final.x, again.final.x)
    np.testing.assert_array_equal(first.final.x, python.final.x)


def test_the_slower_direction_counts(drawn):
    """Bytes at the smaller bandwidth, against the same triangle with that bandwidth both ways."""
    slow = nx.Graph()
    slow.add_edges_from([("alice", "bob"), ("bob", "carol")], bandwidth=4e6)
    slow.add_edge("carol", "alice", bandwidth=2e6)
    with pytest.warns(p2pbo.Notice, match=DIFFER):
        found = p2pbo.run(topology=drawn, undirected=True, problem="quadratic", steps=3, exact="off")
    expected = p2pbo.run(topology=slow, problem="quadratic", steps=3, exact="off")
    assert found["modelled_time"].values[-1] > 0
    np.testing.assert_array_equal(found["modelled_time"].values, expected["modelled_time"].values)


@pytest.mark.filterwarnings("ignore::p2pbo.errors.Notice")
def test_a_sweep_on_a_drawing_goes_on(drawn, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert said_to(*given("sweep", drawn), "--undirected", "--out=swept").code == 0
    assert said_to("sweep", "swept", "--quiet").code == 0
    assert open_trace("swept/seed=1.h5").description["topology"]["undirected"] is True


@pytest.mark.parametrize("ranks", [1, 3])
def test_a_notice_on_the_graph_is_shown_once(build, ranks, drawn):
    run = ("-W", "default", "-m", "p2pbo", "run", *RUN, f"--topology={drawn}", "--undirected")
    finished = build.start(ranks, *run)
    assert finished.code == 0, finished.err
    (line,) = finished.own_lines
    assert line.startswith("p2pbo: warning: ")
    assert DIFFER in line
