"""Runs of asynchronous nodes end at the solution, log what they do, stop in time, and refuse what needs rounds."""

import math

import networkx as nx
import numpy as np
import pytest

import p2pbo

STEPS = {"alpha": 0.8, "beta": 0.8, "gamma": 0.8, "theta": 1.0, "radius": "off"}


def ring(slow=1.0, latency=0.0, nodes=8):
    graph = nx.cycle_graph(nodes)
    nx.set_node_attributes(graph, {i: 1 / slow if i == 0 else 1.0 for i in graph}, "speed")
    nx.set_edge_attributes(graph, latency, "latency")
    return graph


def run(steps=1000, **given):
    settings = {**STEPS, **given.pop("settings", {})}
    given = {
        "problem": "quadratic",
        "algorithm": "sparkle-gt",
        "topology": ring(),
        "log_every": steps,
        **given,
    }
    return p2pbo.run(
        **{
            "asynchronous": "on",
            "compute_time": "10ms",
            "exact": "on",
            "steps": steps,
            "settings": settings,
            **given,
        }
    )


@pytest.mark.parametrize(
    ("given", "steps"),
    [
        ({}, 1200),
        ({"topology": "complete", "settings": dict.fromkeys(("alpha", "beta", "gamma"), 2.0)}, 1500),
        ({"topology": ring(slow=10)}, 2500),
        ({"topology": ring(latency=5)}, 1200),
        ({"links": {"drop": 0.2, "double": 0.2}}, 2000),
        ({"topology": "directed-ring:3", "settings": {"mixing": "push-pull"}, "links": {"drop": 0.2}}, 2000),
        ({"compute_time": "lognormal:10ms:0.5"}, 2000),
        ({"topology": "complete", "nodes": 1}, 400),
    ],
    ids=["equal", "complete", "slow", "latency", "loss", "directed", "drawn", "alone"],
)
def test_unequal_data_end_at_the_solution(given, steps):
    trace = run(steps, **given)
    assert trace["hypergradient_norm"].values[-1] < 1e-9
    assert trace["consensus_norm_x"].values[-1] < 1e-9


def test_in_single_precision_too():
    assert run(1200, dtype="float32")["hypergradient_norm"].values[-1] < 1e-5


@pytest.mark.parametrize("algorithm", ["mdbo", "vrdbo"])
def test_neumann_series_end_at_the_floor_that_they_have_in_rounds(algorithm):
    """On unequal nodes, whatever node is slow: unequal speeds add no bias."""
    settings = {"eta": 0.4, "terms": 5, "batch": "all"}
    given = {"problem": "quadratic", "algorithm": algorithm, "settings": settings, "compute_time": "10ms"}
    given |= {"exact": "on", "steps": 800, "log_every": 800, "topology": ring(slow=3, nodes=4)}
    floors = [p2pbo.run(**given, asynchronous=on)["hypergradient_norm"].values[-1] for on in ("on", "off")]
    assert floors[0] == pytest.approx(floors[1], rel=1e-3)
    assert floors[1] > 1e-3


def test_lower_levels_of_their_own_are_never_sent():
    trace = run(2000, lower_level="local", algorithm="lopa-gt", settings={"theta": 1.0})
    assert trace["hypergradient_norm"].values[-1] < 1e-9
    dim_x = trace.final.x.shape[1]
    np.testing.assert_array_equal(
        trace["bytes_sent"].values[-1], 16 * dim_x * trace["messages_sent"].values[-1]
    )


def test_rows_tell_steps_times_and_ages():
    """A node ten times slower takes a tenth of the steps; what is heard of it is up to a step and a latency old."""
    trace = run(100, topology=ring(slow=10, latency=5), log_every=1)
    steps = trace["node_steps"].values
    np.testing.assert_array_equal(steps.sum(axis=1), 8 * trace["step"].values)
    takes = np.where(np.arange(8) == 0, 0.1, 0.01)  # a node begins within the time of a step
    idle = trace["modelled_time"].values[-1] - takes * steps[-1]
    assert ((idle >= 0) & (idle < 2 * takes)).all()
    ages = trace["largest_row_age"].values[20:]
    assert 0.09 < ages.max() <= 0.105 + 1e-9
    assert trace["row_age"].values[20:].min() >= 0.005
    assert (trace["messages_on_their_way"].values[1:] > 0).all()
    sent = trace["messages_sent"].values[-1]
    np.testing.assert_allclose(sent, 2 * steps[-1], atol=2)
    np.testing.assert_array_equal(
        trace["bytes_sent"].values[-1], sent * 16 * 26
    )  # v and ρ of 10 + 8 + 8 entries


def test_the_same_seed_gives_the_same_run_and_losses_their_own():
    first, again, other = (
        run(60, links={"drop": 0.3}, compute_time="lognormal:10ms:0.5", seed=seed).final.x
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-6


def test_it_stops_at_a_modelled_time():
    trace = run(1000, until="modelled_time=1", log_every=10)
    assert trace.ended_by == "until modelled_time=1"
    assert 1 <= trace["modelled_time"].values[-1] < 1.2


def test_a_callback_ends_it():
    trace = run(1000, log_every=10, callback=lambda row: row.step == 50)
    assert (trace.ended_by, trace["step"].values[-1]) == ("callback", 50)


def test_a_run_that_diverges_says_so():
    with pytest.raises(p2pbo.Diverged, match=r"lower alpha|lower beta|lower gamma"):
        run(400, log_every=10, settings={"alpha": 9.0, "beta": 9.0})


def test_its_time_limit_is_of_the_wall(tmp_path):
    with pytest.raises(p2pbo.Stopped, match="time limit of 1s"):
        run(10**6, time_limit="1s", out=tmp_path / "run.h5", log_every=50)
    assert p2pbo.open_trace(tmp_path / "run.h5").status == "stopped: time limit"


def test_schedules_go_to_their_end_and_not_beyond():
    """A node that takes more steps than the mean stays at the last step size."""
    trace = run(300, topology=ring(slow=10), settings={"schedule": "cosine"})
    assert math.isfinite(trace["upper_loss"].values[-1])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"compute_time": None}, "--asynchronous on simulates when .* --compute-time 10ms"),
        ({"compute_time": "measured"}, "does not know how long nodes compute"),
        ({"algorithm": "ma-dsbo"}, "algorithm ma-dsbo is a listing of its own"),
        ({"algorithm": "sparkle-ed"}, "algorithm sparkle-ed moves x along no tracker"),
        ({"settings": {"schedule": "adaptive"}}, "measures the steps of x in rounds"),
        ({"codec": "randk:0.5"}, "codec randk:0.5 rounds running sums"),
        ({"links": {"delay": 2}}, "links.delay 2 counts rounds"),
        ({"links": {"schedule": "matching"}}, "links.schedule matching counts rounds"),
        ({"links": {"stragglers": 0.1}}, "links.stragglers 0.1 counts rounds"),
        ({"topology": "one-peer-exponential"}, "changes from round to round"),
        ({"on_failure": "continue"}, "--on-failure continue"),
    ],
)  # fmt: skip
def test_what_needs_rounds_is_refused(given, said):
    settings = {**({} if given.get("algorithm") else {"theta": 1.0}), **given.get("settings", {})}
    usual = {"problem": "quadratic", "algorithm": "sparkle-gt", "compute_time": "10ms"}
    with pytest.raises(p2pbo.InputError, match=said):
        p2pbo.run(**{**usual, **given, "settings": settings}, asynchronous="on", steps=5)


def test_copies_are_of_messages_that_wait_for_no_round():
    with pytest.raises(p2pbo.InputError, match=r"links\.double 0\.2 sends copies .* --asynchronous on"):
        p2pbo.run(problem="quadratic", links={"double": 0.2}, steps=5)
