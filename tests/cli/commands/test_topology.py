import json
import resource
import subprocess
import sys

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from p2pbo import InputError
from p2pbo.cli.commands.topology import topology
from p2pbo.topology import GRAPHS, WEIGHTS, build, spectral_report
from p2pbo.topology.study import study_topologies

PNG = b"\x89PNG\r\n\x1a\n"


def run(*arguments):
    app = typer.Typer()
    app.command()(topology)
    return CliRunner(env={"COLUMNS": "80"}).invoke(app, [str(argument) for argument in arguments])


def as_the_user(*arguments):
    """The command in a process of its own, which prints at last whether it imported torch or MPI."""
    script = (
        "import sys\n"
        "from p2pbo.cli import main\n"
        "try:\n    main()\n"
        "finally:\n    print([m for m in ('torch', 'mpi4py') if m in sys.modules], file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", script, "topology", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def seconds_of_processes():
    """What processes that have ended have computed, whatever else the machine did."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_the_report_is_printed_within_80_columns():
    result = run("er:0.2", "--nodes", 50, "--seed", 3)
    assert result.exit_code == 0
    report = spectral_report(build("er:0.2", 50, seed=3))
    lines = result.stdout.splitlines()
    assert lines[0] == "er:0.2, metropolis weights"
    assert max(map(len, lines)) <= 80
    printed = {line[:20].strip(): line[20:].split()[0] for line in lines[2:]}
    assert printed["nodes K"] == "50"
    assert printed["edges"] == str(report.edges)
    assert printed["diameter"] == str(report.diameter)
    assert printed["λ₂"] == f"{report.lambda_2:.9f}"
    assert printed["λ_K"] == f"{report.lambda_k:.9f}"
    assert printed["spectral gap 1 − λ"] == f"{report.gap:.4g}"
    assert printed["rounds to halve"] == f"{report.rounds_to_halve:.4g}"
    assert printed["effective neighbours"] == f"{report.effective_neighbours:.4g}"
    assert printed["floats a round"] == str(2 * report.edges)


def test_estimates_are_marked_as_such():
    stdout = run("grid", "--nodes", 2500).stdout
    assert "≥ 98" in stdout
    assert "±" in stdout


@pytest.mark.parametrize("arguments", [("ring", "--nodes", 1), ("star", "--nodes", 900, "--weights", "lazy")])
def test_json_is_all_that_is_printed(arguments):
    result = run(*arguments, "--json")
    name, nodes, weights = arguments[0], arguments[2], arguments[-1] if len(arguments) > 3 else "metropolis"
    assert json.loads(result.stdout) == spectral_report(build(name, nodes, weights)).asdict()
    assert not result.stderr


@pytest.mark.parametrize(
    ("name", "nodes"),
    [
        ("ring", 8),
        ("line", 8),
        ("star", 8),
        ("grid", 16),
        ("er:0.3", 16),
        ("torus", 900),
        ("small-world", 900),
    ],
)
def test_plot_writes_a_picture(tmp_path, name, nodes):
    path = tmp_path / "net.png"
    result = run(name, "--nodes", nodes, "--plot", path, "--json")
    assert result.exit_code == 0
    assert path.read_bytes().startswith(PNG)
    assert json.loads(result.stdout)["nodes"] == nodes


@pytest.mark.parametrize("ending", ["svg", "pdf"])
def test_plot_takes_other_formats(tmp_path, ending):
    path = tmp_path / f"net.{ending}"
    assert run("ring", "--nodes", 1, "--plot", path).exit_code == 0
    assert path.stat().st_size > 1000


def test_save_writes_a_graph_that_the_command_reads(tmp_path):
    path = tmp_path / "net.graphml"
    assert f"wrote {path}" in run("small-world", "--nodes", 30, "--save", path).stdout
    saved, made = (json.loads(run(*a, "--json").stdout) for a in ([path], ["small-world", "--nodes", 30]))
    assert {**saved, "topology": "small-world", "weights": "metropolis"} == pytest.approx(made)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ring", "--nodes", 0], "topology ring cannot have 0 nodes; use --nodes 1 or more"),
        (["ring"], "topology ring comes in every size; say how many nodes: --nodes K"),
        (
            ["ring", "--nodes", 4, "--plot", "x.xyz"],
            "x.xyz has no ending of a picture format; call it .png, .svg, .pdf",
        ),
        (
            ["ring", "--nodes", 4, "--plot", "no/x.png"],
            "no/x.png cannot be written (no such file or directory); check",
        ),
        (
            ["ring", "--nodes", 4, "--save", "no/x.graphml"],
            "no/x.graphml cannot be written (no such file or direct",
        ),
        (["ring", "--nodes", "8.5"], "--nodes 8.5 is no number of nodes; write one K, or several: 8,16,32"),
        (["ring", "--nodes", "8,,16"], "--nodes '8,,16' has an empty value; "),
        (
            ["ring,torus", "--nodes", 9, "--save", "x.graphml"],
            "--save x.graphml takes one graph, and this is a st",
        ),
        (["ring", "--nodes", "8,9", "--plot", "x.xyz"], "x.xyz has no ending of a picture format; call it"),
        (["hypercube", "--nodes", "9,11"], "topology hypercube needs a power of two and got 9 nodes; use"),
        (["ring,star"], "topology ring comes in every size; say how many nodes: --nodes K"),
    ],
)
def test_bad_input_is_an_input_error(arguments, message):
    error = run(*arguments).exception
    assert isinstance(error, InputError)
    assert str(error).startswith(message)


def test_a_study_is_printed_within_80_columns():
    result = run("torus,hypercube,exponential", "--nodes", "8,12,512", "--weights", "lazy")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "lazy weights"
    table = lines[: lines.index("", 2)]
    assert max(map(len, table)) <= 80
    printed = [line.split() for line in table[4:]]
    rows = study_topologies(["torus", "hypercube", "exponential"], [8, 12, 512], "lazy")
    assert [cells[:2] for cells in printed] == [[row.topology, f"{row.nodes}"] for row in rows]
    assert printed[4] == ["hypercube", "12", "refused"]
    torus = rows[0]
    halves = (torus.rounds_to_halve, torus.measured_rounds_to_halve, torus.early_rounds_to_halve)
    figures = [f"{torus.gap:.4g}", f"{torus.contraction:.6f}", "192", "24"]
    assert printed[0][2:] == figures + [f"{rounds:.4g}" for rounds in halves]
    assert printed[8][4] == f"{rows[8].bytes_per_round:,}"
    assert lines[-1] == (
        "refused: topology hypercube needs a power of two and got 12 nodes; use --nodes 8 or 16"
    )


def test_what_a_study_could_not_measure_is_a_dash(monkeypatch):
    monkeypatch.setattr("p2pbo.topology.spectrum.measured_mixing.MOST_ROUNDS", 100)
    (ring,) = [
        line.split() for line in run("ring", "--nodes", "4,1024").stdout.splitlines() if "1024" in line
    ]
    assert ring[-3:] == ["55,231", "–", "–"]


def test_a_study_says_how_far_draws_differ():
    lines = run("er:0.5,ring", "--nodes", 12).stdout.splitlines()
    (row, _) = study_topologies(["er:0.5", "ring"], [12])
    told = f"er:0.5, K = 12: spectral gap {row.lowest_gap:.3g} to {row.highest_gap:.3g} over 10 draws"
    assert [line for line in lines if "draws" in line] == [told]


def test_a_study_in_json_is_a_list_of_rows():
    result = run("torus,torus:3x5", "--nodes", "7,8", "--seed", 3, "--json")
    assert not result.stderr
    rows = json.loads(result.stdout)
    assert rows == [row.asdict() for row in study_topologies(["torus", "torus:3x5"], [7, 8], seed=3)]
    refused, made, shape = rows
    assert refused.keys() == {"topology", "weights", "nodes", "refused"}
    assert made.keys() == shape.keys() == {
        "topology", "weights", "nodes", "contraction", "gap", "floats_per_round", "floats_per_round_node",
        "bytes_per_round", "bytes_per_round_node", "rounds_to_halve", "measured_rounds_to_halve",
        "early_rounds_to_halve", "lowest_gap", "highest_gap",
    }  # fmt: skip
    assert [row["nodes"] for row in rows] == [7, 8, 15]


def test_a_study_of_four_families_takes_neither_torch_nor_long(tmp_path):
    path = tmp_path / "study.png"
    before = seconds_of_processes()
    result = as_the_user(
        "ring,torus,er:0.3,exponential", "--nodes", "8,16,32,64", "--plot", f"{path}", "--json"
    )
    took = seconds_of_processes() - before
    assert result.stderr == "[]\n"
    assert len(json.loads(result.stdout)) == 16
    assert path.read_bytes().startswith(PNG)
    assert took < 15  # 2 s where nothing else is done


def test_help_lists_every_family_and_weighting():
    text = run("--help").stdout
    words = " ".join(text.replace("│", " ").split())
    for registry in (GRAPHS, WEIGHTS):
        assert all(registry[name].usage in words for name in registry)


def test_ten_thousand_nodes_take_neither_torch_nor_long():
    before = seconds_of_processes()
    result = as_the_user("torus", "--nodes", "10000", "--json")
    took = seconds_of_processes() - before
    assert result.stderr == "[]\n"
    assert json.loads(result.stdout)["gap"] == pytest.approx(4 / 5 * np.sin(np.pi / 100) ** 2)
    assert took < 15  # 2 s where nothing else is done


def test_an_error_is_one_line_and_exit_code_2():
    result = as_the_user("rign", "--nodes", "4")
    message, imported = result.stderr.splitlines()
    assert message.startswith("p2pbo: topology 'rign' is not known; did you mean ring? choose from ")
    assert (result.returncode, imported, result.stdout) == (2, "[]", "")
