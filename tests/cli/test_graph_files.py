"""Every command on a graph's file that is no family: a directed drawing, and one with weights of its own."""

import json

import networkx as nx
import numpy as np
import pytest
from command import said_to

import p2pbo
from p2pbo import open_trace

RUN = ("--problem=quadratic", "--steps=3", "--exact=off", "--quiet")
REFUSED = "p2pbo: mixing tracking of algorithm mdbo needs a symmetric W, and topology {} is directed; "
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


def test_a_drawing_is_refused_by_most_methods_until_it_is_said_to_be_one(drawn):
    said = said_to(*given("run", drawn))
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(REFUSED.format(drawn))
    assert said.err.endswith("--algorithm fab, or --undirected (in Python undirected=True)\n")
    assert said.err.count("\n") == 1


def test_a_directed_graph_is_reported_on_with_its_weights_and_read_back(drawn, tmp_path):
    said = said_to("topology", drawn, "--json", "--save", tmp_path / "saved.graphml")
    assert json.loads(said.out)["step_factor"] == pytest.approx(28 / 27)
    again = said_to("topology", tmp_path / "saved.graphml", "--json")
    assert {**json.loads(said.out), "topology": ""} == {**json.loads(again.out), "topology": ""}


def test_a_long_ring_is_warned_of():
    assert (
        "stable for step sizes below 0.049 / curvature only"
        in said_to("topology", "directed-ring", "--nodes=8").out
    )
    assert "stable for" not in said_to("topology", "directed-ring:3", "--nodes=8").out


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


def test_a_notice_on_the_graph_is_shown_once(either_build, drawn):
    run = ("-W", "default", "-m", "p2pbo", "run", *RUN, f"--topology={drawn}", "--undirected")
    finished = either_build.start(3, *run)
    assert finished.code == 0, finished.err
    (line,) = finished.own_lines
    assert line.startswith("p2pbo: warning: ")
    assert DIFFER in line


@pytest.fixture
def saved(tmp_path):
    """A star with its optimal weights, as ``--save`` writes it."""
    path = tmp_path / "saved.graphml"
    assert said_to("topology", "star", "--nodes=5", "--weights=optimal", "--save", path).code == 0
    return path


def report(*arguments):
    return json.loads(said_to("topology", *arguments, "--json").out)


def test_what_save_wrote_is_reported_as_it_was(saved):
    of_file, made = report(saved), report("star", "--nodes=5", "--weights=optimal")
    assert (of_file.pop("weights"), made.pop("weights")) == ("file", "optimal")
    assert {**of_file, "topology": "star"} == made
    assert report(saved, "--weights=lazy") == {
        **report("star", "--nodes=5", "--weights=lazy"),
        "topology": str(saved),
    }
    first = said_to("topology", saved).out.splitlines()[0]
    assert first == f"{saved}, the file's own weights (mixing_weight)"
    of_two = said_to("topology", f"{saved},ring", "--nodes=4").out.splitlines()[0]
    assert of_two == f"{saved}: the file's own weights (mixing_weight); ring: metropolis weights"


def test_runs_mix_by_the_file_s_weights_and_say_so(saved, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    own, again, named, other = (
        ("run", *RUN, "--topology", saved),
        ("run", "own.h5", "--quiet"),
        ("run", *RUN, "--topology=star", "--nodes=5", "--weights=optimal"),
        ("run", *RUN, "--topology", saved, "--weights=metropolis"),
    )
    for name, command in {"own": own, "again": again, "named": named, "other": other}.items():
        assert said_to(*command, "--out", f"{name}.h5") == (0, "", "")
    traces = {name: open_trace(f"{name}.h5") for name in ("own", "again", "named", "other")}
    weights = {name: trace.description["topology"]["weights"] for name, trace in traces.items()}
    assert weights == {"own": "file", "again": "file", "named": "optimal", "other": "metropolis"}
    np.testing.assert_array_equal(traces["own"].final.x, traces["named"].final.x)
    np.testing.assert_array_equal(traces["own"].final.x, traces["again"].final.x)
    assert not np.array_equal(traces["own"].final.x, traces["other"].final.x)


def test_a_sweep_over_weights_of_a_file_goes_on(saved, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sweep = ("sweep", *RUN, "--topology", saved, "--nodes=5", "--weights=auto,lazy", "--out=swept")
    for _ in range(2):
        assert said_to(*sweep).code == 0
    traces = [open_trace(path) for path in sorted((tmp_path / "swept").glob("*.h5"))]
    assert [trace.description["topology"]["weights"] for trace in traces] == ["file", "lazy"]


def test_two_names_for_the_weights_of_a_file_are_one_run(saved, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = said_to("sweep", *RUN, "--topology", saved, "--weights=auto,file", "--out=swept")
    assert said.code == 2
    assert "weights=file is the same run as weights=auto; leave one of them out" in said.err


def test_weights_of_python_objects_are_custom_or_refused():
    W = np.full((3, 3), 0.25) + np.eye(3) / 4  # whole binary fractions: no rounding
    graph = nx.complete_graph(3)
    nx.set_edge_attributes(graph, 0.25, "mixing_weight")
    given = {"problem": "quadratic", "steps": 2, "exact": "off"}
    of_matrix, of_graph = (p2pbo.run(topology=topology, **given) for topology in (W, graph))
    for trace in (of_matrix, of_graph):
        assert trace.description["topology"]["weights"] == "custom"
    np.testing.assert_array_equal(of_matrix.final.x, of_graph.final.x)
    with pytest.raises(p2pbo.InputError, match="weights lazy cannot go with a matrix, which is W itself; "):
        p2pbo.run(topology=W, weights="lazy", **given)
