import json

import numpy as np
import pytest
from rich.console import Console

import p2pbo
from p2pbo.analysis import facts_table, final_table, summarize
from p2pbo.analysis.formatting import format_value
from p2pbo.analysis.labels import trace_labels
from p2pbo.trace import Header, TraceRow, TraceWriter


def printed(table):
    console = Console(width=120)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def test_summary(traced):
    brief = summarize(traced(stem="run"))
    assert brief.path.endswith("run.h5")
    assert brief.algorithm == {"name": "mdbo", "eta": 0.1}
    assert (brief.nodes, brief.ranks, brief.seed, brief.spectral_gap) == (3, 2, 0, 0.75)
    assert (brief.status, brief.logged_steps, brief.last_step) == ("completed", 3, 20)
    assert brief.final["upper_loss"].value == 1 / 21
    assert brief.final["node_upper_loss"].value == 21
    assert brief.final["node_upper_loss"].meaning.endswith("mean over the nodes")
    assert (brief.final["bytes_sent"].value, brief.final["bytes_sent"].units) == (20e6, "byte")


def test_a_bare_description_is_enough():
    trace = TraceWriter(None, Header({"algorithm": "mdbo"}, 1, 1, 1, 0, [], [], [], {})).close("interrupted")
    brief = summarize(trace)
    assert brief.algorithm == {"name": "mdbo"}
    assert (brief.topology, brief.seed, brief.last_step, brief.final) == (None, None, None, {})
    assert "interrupted" in printed(facts_table(trace))
    assert "no steps logged yet" in printed(final_table(trace))


def test_an_own_problem_has_neither_data_set_nor_partition():
    described = {"problem": {"name": "custom"}, "data": {"name": "a9a"}, "partition": "iid", "nodes": 4}
    trace = TraceWriter(None, Header(described, 1, 1, 1, 0, [], [], [], {})).close("completed")
    shown = printed(facts_table(trace))
    assert "custom" in shown
    assert "a9a" not in shown
    assert "iid" not in shown


def test_json_has_no_nan():
    writer = TraceWriter(None, Header({}, 1, 1, 1, 0, [], [], [], {}))
    writer.append(TraceRow(0, {"upper_loss": float("nan"), "lower_loss": 0.5}, {}))
    final = json.loads(json.dumps(summarize(writer.close("completed")).as_json(), allow_nan=False))["final"]
    assert (final["upper_loss"]["value"], final["lower_loss"]["value"]) == (None, 0.5)


@pytest.mark.parametrize(
    "fact",
    [
        "MDBO (eta=0.1)",
        "logreg-hpo",
        "a9a",
        "iid",
        "ring (weights=metropolis); spectral gap 0.75",
        "completed",
    ],
)
def test_facts(traced, fact):
    assert fact in printed(facts_table(traced()))


def test_final_figures_have_units(traced):
    lines = printed(final_table(traced())).splitlines()
    assert "after step 20" in lines[0]
    row = {line.split("│")[1].strip(): line.split("│")[2].strip() for line in lines if line.count("│") == 4}
    assert row["bytes_sent"] == "20 MB"
    assert row["wall_time"] == "10 s"
    assert row["upper_loss"] == "0.047619"
    assert row["margin"] == "-1"


@pytest.mark.parametrize(
    ("value", "units", "text"),
    [
        (1234567.0, "1", "1,234,567"),
        (0.125, "1", "0.125"),
        (1500000.0, "byte", "1.5 MB"),
        (1e-09, "1", "1e-09"),
        (float("nan"), "1", "nan"),
        (float("inf"), "s", "inf s"),
        (2.0, "m", "2 m"),
    ],
)
def test_figures_are_written_with_their_unit(value, units, text):
    assert format_value(value, units) == text


def test_what_befell_a_run_is_told(tmp_path):
    described = {"links": {"drop": 0.1, "delay": 0, "stragglers": 0, "schedule": "all"}}
    path = tmp_path / "run.h5"
    writer = TraceWriter(path, Header(described, 3, 1, 1, 0, [], [], [], {}))
    writer.append(TraceRow(0, {"upper_loss": 1.0}, {"node_upper_loss": np.array([1.0, 2.0, 3.0])}))
    writer.close("stopped")
    writer = TraceWriter.resume(path, 0)
    writer.add_failures(7, [1], 0.25)
    writer.append(TraceRow(10, {"upper_loss": 0.5}, {"node_upper_loss": np.array([1.0, np.nan, 4.0])}))
    trace = writer.close("completed")
    shown = printed(facts_table(trace))
    assert "drop=0.1" in shown and "delay" not in shown
    assert "node 1 at step 7; spectral gap 0.25" in shown
    assert "resumed at" in shown and "step 0" in shown
    assert summarize(trace).final["node_upper_loss"].value == 2.5
    assert summarize(trace).as_json()["deaths"] == [{"node": 1, "step": 7, "gap": 0.25}]


def test_show_and_labels_say_that_nodes_do_not_wait():
    runs = [
        p2pbo.run(problem="quadratic", algorithm="sparkle-gt", nodes=3, steps=2, compute_time="10ms", asynchronous=on)
        for on in ("on", "off")
    ]  # fmt: skip
    assert trace_labels(runs)[0] == "asynchronous"
    assert "none: nodes step without waiting" in printed(facts_table(runs[0]))
