"""``p2pbo topology --topology-schedule``, and ``--plot`` of directed graphs."""

import json

import networkx as nx
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from p2pbo import InputError
from p2pbo.cli.commands.topology import topology

PNG = b"\x89PNG\r\n\x1a\n"
ROUNDS = (["ab", "cd"], ["bc", "da"], ["ac"])


@pytest.fixture
def files(tmp_path):
    """Three graphs of the same four nodes, none strongly connected; the first two are together."""
    paths = [tmp_path / f"{number}.graphml" for number in range(len(ROUNDS))]
    for path, edges in zip(paths, ROUNDS, strict=True):
        graph = nx.DiGraph()
        graph.add_nodes_from("abcd")
        graph.add_edges_from(edges)
        nx.write_graphml(graph, path)
    return [str(path) for path in paths]


def run(*arguments):
    app = typer.Typer()
    app.command()(topology)
    return CliRunner(env={"COLUMNS": "100"}).invoke(app, [str(argument) for argument in arguments])


def refusal(*arguments):
    error = run(*arguments).exception
    assert isinstance(error, InputError)
    return str(error)


def second_modulus(turn):
    """|λ₂| of the products of R and of C over a period, from the edges, entry by entry."""
    R, C = np.eye(4), np.eye(4)
    for number in turn:
        A = np.eye(4)  # A[i, j]: i hears j
        for source, target in ROUNDS[number]:
            A["abcd".index(target), "abcd".index(source)] = 1
        R, C = (A / A.sum(1, keepdims=True)) @ R, (A / A.sum(0)) @ C
    return [np.sort(np.abs(np.linalg.eigvals(product)))[-2] for product in (R, C)]


@pytest.mark.parametrize("turn", [(0, 1), (1, 0, 2)])
def test_the_report_is_of_the_union_and_of_a_period(files, turn):
    given = ("--topology-schedule", ",".join(files[number] for number in turn))
    report = json.loads(run(*given, "--json").stdout)
    assert (report["topology"], report["nodes"], report["period"]) == ("schedule", 4, len(turn))
    assert report["edges"] == sum(len(ROUNDS[number]) for number in turn)
    expected = [f"{1 - modulus:.4g}" for modulus in second_modulus(turn)]
    lines = run(*given).stdout.splitlines()
    printed = {line[:20].strip(): line[20:].split()[0] for line in lines[2:] if line}
    assert [printed["gap of R, a period"], printed["gap of C, a period"]] == expected
    assert 1 - (1 - report["gap_r"]) ** len(turn) == pytest.approx(1 - second_modulus(turn)[0])
    assert "the union is strongly connected" in lines[2]


def test_a_round_may_have_no_edges(tmp_path, files):
    graph = nx.DiGraph()
    graph.add_nodes_from("abcd")
    nx.write_graphml(graph, tmp_path / "none.graphml")
    given = ("--topology-schedule", f"{files[0]},{files[1]},{tmp_path / 'none.graphml'}")
    report = json.loads(run(*given, "--json").stdout)
    moduli = second_modulus((0, 1))
    assert [report["gap_r"], report["gap_c"]] == pytest.approx([1 - m ** (1 / 3) for m in moduli])
    assert (report["floats_per_round"], report["floats_per_round_node"]) == (2, 1)


def test_one_node_has_a_report():
    report = json.loads(run("directed-ring", "--nodes", 1, "--json").stdout)
    assert (report["edges"], report["gap_r"], report["floats_per_round_node"]) == (0, 1, 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--topology-schedule", "0,2"),
            "topology schedule is not strongly connected: no path leads from node ",
        ),
        (("--topology-schedule", "0,no.graphml"), "no.graphml cannot be read (no such file or directory); "),
        (("--topology-schedule", "0,"), "--topology-schedule "),
        (("--topology-schedule", "0,1", "--nodes", "4,8"), "--nodes 4,8 asks for a study, and this is one "),
        (
            ("ring", "--topology-schedule", "0,1"),
            "topology ring and --topology-schedule exclude each other; ",
        ),
        (("--topology-schedule", "0,1", "--weights", "lazy"), "weights lazy need an undirected graph, and "),
        (("--topology-schedule", "0,1", "--save", "x.graphml"), "topology schedule changes from round to "),
        ((), "p2pbo topology has no graph to report on; name one, such as ring, or several in turn by "),
    ],
)
def test_bad_input_is_an_input_error(files, arguments, message):
    listed = [
        ",".join(files[int(part)] if part.isdecimal() else part for part in value.split(","))
        if before == "--topology-schedule"
        else value
        for before, value in zip(("", *arguments), arguments, strict=False)
    ]
    assert refusal(*listed).startswith(message)


@pytest.mark.parametrize("name", ["directed-ring", "directed-exponential", "one-peer-exponential:random"])
@pytest.mark.parametrize("nodes", [1, 2, 9, 100])
def test_directed_graphs_are_plotted(tmp_path, name, nodes):
    path = tmp_path / "net.png"
    result = run(name, "--nodes", nodes, "--plot", path)
    assert result.stdout.splitlines()[-1] == f"wrote {path}"
    assert path.read_bytes().startswith(PNG)
