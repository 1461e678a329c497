"""The modelled time of runs: the same for every number of ranks where it is drawn, and what the trace says of it."""

from pathlib import Path

import modelled_runs
import networkx as nx
import numpy as np
import pytest
from modelled_runs import CARDS, DRAWN, NODES, SLOW, SPEEDS, STEPS, network, run, run_measured

import p2pbo
from p2pbo import InputError
from p2pbo.network import ComputeTime

PROGRAM = Path(modelled_runs.__file__)


def modelled(path):
    return p2pbo.open_trace(path).values("modelled_time")


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("alone")
    return {
        name: run(folder / f"{name}.h5", **given).values("modelled_time") for name, given in DRAWN.items()
    }


def test_drawn_times_are_the_same_for_every_number_of_ranks(either_build, alone, tmp_path):
    either_build.program(3, PROGRAM, tmp_path)
    for name, expected in alone.items():
        np.testing.assert_array_equal(modelled(tmp_path / f"{name}.h5"), expected, name)
    measured = p2pbo.open_trace(tmp_path / "measured.h5")
    assert measured.values("step").tolist() == [0, 3, 6, 9]
    shares = np.diff(measured.values("modelled_time"))
    assert (shares >= 3 * SLOW / 2 / min(SPEEDS[4:])).all()  # the slow rank hosts nodes 4 and 5
    assert measured.attributes["modelled_time_repeats"] == "no: computing is measured"


def test_runs_differ(alone):
    assert len({times[-1] for times in alone.values()}) == len(alone)


def test_steps_are_the_recursion_of_drawn_times_and_cards():
    """Written out: tracking sends x, y and their trackers before it computes."""
    trace = run(None, **DRAWN["drawn"])
    bytes_ = trace.values("edge_bytes")[0] / STEPS
    clocks, logged = np.zeros(NODES), [0.0]
    for step in range(STEPS):
        computed = clocks + ComputeTime(0.003, 0.5).of_step(step, NODES, 4) / SPEEDS
        starts, after = clocks + 0.002, computed.copy()
        for i in range(NODES):
            first, last = sorted((starts[(i - 1) % NODES], starts[(i + 1) % NODES]))
            sent = [starts[j % NODES] + 2 * bytes_ / CARDS[j % NODES] for j in (i - 1, i + 1)]
            after[i] = max(after[i], *sent, first + 2 * bytes_ / CARDS[i], last + bytes_ / CARDS[i])
        clocks = after
        if (step + 1) % 3 == 0:
            logged.append(clocks.max())
    np.testing.assert_allclose(trace.values("modelled_time"), logged, rtol=1e-12)


def test_one_process_divides_what_it_measures_among_all_nodes():
    """Nothing else takes any time here."""
    trace = p2pbo.run(problem="quadratic", nodes=4, steps=6, log_every=2, compute_time="measured")
    expected = trace.values("compute_time") / 4
    np.testing.assert_allclose(trace.values("modelled_time"), expected, rtol=1e-9)


def test_measured_steps_go_on_behind_a_checkpoint(tmp_path):
    out = tmp_path / "run.h5"
    run_measured(out, steps=4, checkpoint_every=2)
    before = modelled(out)
    after = run_measured(out, steps=8, checkpoint_every=2, resume=True).values("modelled_time")
    np.testing.assert_array_equal(after[: len(before) - 1], before[:-1])
    assert after[-1] - before[-1] >= 4 * SLOW / NODES / min(SPEEDS)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"compute_time": "10ms"}, "computing (10ms)"),
        ({"compute_time": "lognormal:10ms:0.5"}, "computing (lognormal:10ms:0.5)"),
        (
            {"topology": network(), "compute_time": "10ms"},
            "bandwidth of nodes, which their edges share; computing (10ms)",
        ),
        ({"topology": "WITH BANDWIDTH"}, "latency and bandwidth of edges"),
    ],
)
def test_a_trace_says_what_its_modelled_time_is_made_of(given, told):
    if given.get("topology") == "WITH BANDWIDTH":
        given = {"topology": nx.cycle_graph(4)}
        nx.set_edge_attributes(given["topology"], 1e6, "bandwidth")
    attributes = p2pbo.run(problem="quadratic", steps=1, **given).attributes
    assert attributes["modelled_time_of"] == told
    assert attributes["modelled_time_repeats"] == "yes"


def test_nothing_is_said_where_nothing_takes_time():
    trace = p2pbo.run(problem="quadratic", steps=1)
    assert "modelled_time" not in trace.metrics
    assert not [name for name in trace.attributes if name.startswith("modelled")]


def test_ranks_that_may_die_are_not_measured():
    told = r"--compute-time measured is collected from all ranks, which --on-failure continue lets die; give a time"
    with pytest.raises(InputError, match=told):
        p2pbo.run(problem="quadratic", steps=1, compute_time="measured", on_failure="continue")


@pytest.mark.parametrize("value", ["10", 10, "lognormal:10ms", "soon"])
def test_what_is_no_time_is_refused(value):
    with pytest.raises(InputError, match=r"the run: compute_time = .* is refused"):
        p2pbo.run(problem="quadratic", steps=1, compute_time=value)


def test_another_computing_time_is_another_run(tmp_path):
    out = tmp_path / "run.h5"
    p2pbo.run(problem="quadratic", steps=2, checkpoint_every=1, out=out)
    with pytest.raises(InputError, match="is of a run with compute_time = null"):
        p2pbo.run(problem="quadratic", steps=4, checkpoint_every=1, out=out, resume=True, compute_time="1ms")
