"""``p2pbo run`` in one process: where its description comes from, and what a person sees of it."""

import subprocess
import sys

import numpy as np
import pytest
from command import said_to

from p2pbo import open_trace, run

BASE = ("run", "--problem=quadratic", "--nodes=4", "--steps=3")

FLAGS = {
    "--algorithm=vrdbo": {"algorithm": {"name": "vrdbo"}},
    "--hypergradient=neumann": {"algorithm": {"hypergradient": "neumann"}},
    "--estimator=sgd": {"algorithm": {"estimator": "sgd"}},
    "--mixing=gossip": {"algorithm": {"mixing": "gossip"}},
    "--topology=star": {"topology": {"name": "star"}},
    "--undirected": {"topology": {"undirected": True}},
    "--weights=max-degree": {"topology": {"weights": "max-degree"}},
    "--nodes=5": {"nodes": 5},
    "--steps=1": {"steps": 1},
    "--seed=9": {"seed": 9},
    "--dtype=float32": {"dtype": "float32"},
    "--device=cpu": {"device": "cpu"},
    "--threads=2": {"threads": 2},
    "--log-every=2": {"log_every": 2},
    "--divergence-factor=100": {"divergence_factor": 100.0},
    "--exact=off": {"exact": "off"},
    "--flops=off": {"flops": "off"},
    "--set=exact=on": {"exact": "on"},
    "--set=algorithm.eta=0.25": {"algorithm": {"eta": 0.25}},
    "--set=problem.dim_x=3": {"problem": {"dim_x": 3}},
}


OF_UNEQUAL_NODES = {
    "--capacity=1,1/2": {"capacity": "1,1/2"},
    "--masks=rolling": {"masks": "rolling"},
    "--unroll=2": {"unroll": 2},
    "--coordinates=3": {"coordinates": 3},
    "--coordinates=all": {"coordinates": "all"},
    "--rafbo-form=literal": {"rafbo_form": "literal"},
}


@pytest.fixture
def traced(tmp_path):
    """Do a run; its trace."""

    def done(*arguments, name="run.h5"):
        said = said_to(*arguments, "--out", tmp_path / name, "--quiet")
        assert said == (0, "", "")
        return open_trace(tmp_path / name)

    return done


def assert_holds(described, expected):
    for name, value in expected.items():
        if isinstance(value, dict):
            assert_holds(described[name], value)
        else:
            assert described[name] == value


@pytest.mark.parametrize("flag", FLAGS)
def test_a_flag_is_a_field_of_the_description(flag, traced):
    assert_holds(traced(*BASE, flag).description, FLAGS[flag])


@pytest.mark.parametrize("flag", OF_UNEQUAL_NODES)
def test_what_unequal_nodes_do_are_flags_too(flag, traced):
    trace = traced(*BASE, "--algorithm=rafbo", flag)
    assert_holds(trace.description, {"algorithm": OF_UNEQUAL_NODES[flag]})


def test_a_notice_is_one_line():
    command = [sys.executable, "-m", "p2pbo", *BASE, "--algorithm=static", "--capacity=1/4", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    lines = done.stderr.splitlines()
    assert [line.split(":")[:3] for line in lines] == [["p2pbo", " warning", f" {v}"] for v in "xy"]


def test_data_and_partition_are_flags_too(traced):
    trace = traced(*BASE, "--problem=logreg-hpo", "--data=synthetic", "--partition=dirichlet:0.5")
    assert_holds(trace.description, {"data": {"name": "synthetic"}, "partition": "dirichlet:0.5"})


def test_flags_beat_set_which_beats_the_file_which_beats_defaults(traced, tmp_path):
    source = tmp_path / "run.toml"
    source.write_text(
        'algorithm = "vrdbo"\nproblem = {name = "quadratic", noise = 0.2}\nnodes = 6\nseed = 6\nsteps = 6\n'
    )
    trace = traced("run", source, "--set=nodes=5", "--set=seed=5", "--set=algorithm.eta=0.2", "--nodes=4")
    expected = {
        "nodes": 4,
        "seed": 5,
        "steps": 6,
        "log_every": 10,
        "algorithm": {"name": "vrdbo", "eta": 0.2, "alpha1": 5.0},
        "problem": {"name": "quadratic", "noise": 0.2, "samples": 64},
    }
    assert_holds(trace.description, expected)


def test_a_trace_repeats_its_run_exactly(traced):
    first = traced(*BASE, "--topology=er:0.7", "--set=algorithm.batch=4", "--seed=3")
    again = traced("run", first.path, name="again.h5")
    other = traced("run", first.path, "--seed=4", name="other.h5")
    assert again.description == first.description
    for name in ("final_x", "final_y", "upper_loss", "bytes_sent", "edge_bytes"):
        np.testing.assert_array_equal(again.values(name), first.values(name))
    assert not np.allclose(other.final.x, first.final.x)


def test_a_run_from_python_repeats_on_the_command_line(traced, tmp_path):
    path = tmp_path / "python.h5"
    first = run(problem="quadratic", nodes=4, steps=3, settings={"batch": None, "eta": 0.2}, out=path)
    np.testing.assert_array_equal(traced("run", path).final.x, first.final.x)


def test_a_run_on_python_objects_cannot_be_repeated(tmp_path):
    path = tmp_path / "python.h5"
    trace = run(problem="quadratic", topology=np.full((2, 2), 0.5), steps=1, out=path)
    assert trace.description["topology"]["name"] == "custom"
    said = said_to("run", path)
    assert said.code == 2
    assert "was made with its own topology; repeat it from the script" in said.err


def test_the_file_of_a_sweep_is_no_run(tmp_path):
    path = tmp_path / "sweep.toml"
    path.write_text("[sweep]\nseed = [0, 1]\n")
    line = f"p2pbo: {path} describes a sweep, not one run; p2pbo sweep {path}\n"
    assert said_to("run", path) == (2, "", line)


def test_the_last_figures_are_printed_once(tmp_path):
    said = said_to(*BASE, "--out", tmp_path / "run.h5")
    assert (said.code, said.err) == (0, "")
    assert said.out.count("after step 3") == 1
    assert f"trace: {tmp_path / 'run.h5'}" in said.out
    assert "steps/s" not in said.out  # the live line is for terminals


def test_without_out_nothing_is_kept():
    assert "the trace is not kept; --out FILE keeps it" in said_to(*BASE).out


def test_a_terminal_shows_a_live_line(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "160")
    said = said_to(*BASE)
    for text in ("step 3/3", "loss", "consensus", "MB/node", "steps/s"):
        assert text in said.out
    assert said_to(*BASE, "--quiet") == (0, "", "")
