"""Asynchronous nodes stop and go on: simulated bit for bit, on ranks to the solution, with a ledger that holds."""

import signal

import h5py
import networkx as nx
import numpy as np
import pytest
import signalled
from command import said_to
from resuming import after, asked_after, everything

import p2pbo
from p2pbo.runner.process.signals import OutOfTime, Stopped
from p2pbo.trace.checkpoint import CheckpointWriter, open_checkpoint

STEPS, LOGGED, STOP = 24, 4, 12
UNEQUAL = nx.cycle_graph(4)
nx.set_node_attributes(UNEQUAL, {0: 0.2, 1: 1.0, 2: 1.0, 3: 2.0}, "speed")
nx.set_edge_attributes(UNEQUAL, 7.0, "latency")
CARDS = nx.cycle_graph(4)
nx.set_node_attributes(CARDS, {0: 1e4, 1: 2e4, 2: 3e4, 3: 1e5}, "bandwidth")
STEP = {"alpha": 0.3, "beta": 0.3, "gamma": 0.3}
CASES = {
    "equal times": {},
    "losses and copies": {"links": {"drop": 0.2, "double": 0.2}, "topology": UNEQUAL},
    "drawn times": {"compute_time": "lognormal:10ms:0.7", "topology": CARDS},
    "directed": {
        "topology": "directed-ring:3",
        "settings": {**STEP, "batch": 8, "mixing": "push-pull"},
        "links": {"drop": 0.2},
    },
    "float32": {"dtype": "float32", "topology": UNEQUAL},
    "momentum": {"algorithm": "mdbo", "settings": {"eta": 0.3, "batch": 8}, "topology": UNEQUAL},
    "STORM": {"algorithm": "vrdbo", "settings": {"eta": 0.3, "batch": 8}, "topology": UNEQUAL},
    "three STORMs": {"algorithm": "cd-bsvrgd", "settings": {"batch": 8}, "topology": UNEQUAL},
    "random depth": {"algorithm": "mdbo", "settings": {"batch": 8, "neumann": "random", "schedule": "cosine"}},
    "own lower levels": {"algorithm": "lopa-gt", "settings": {"batch": 8}, "lower_level": "local"},
    "epochs": {"sampling": "epochs", "topology": UNEQUAL},
    "alone": {"nodes": 1, "topology": "complete"},
}  # fmt: skip


def run(out, **given):
    usual = {
        "problem": {"name": "quadratic", "samples": 20},
        "algorithm": "sparkle-gt",
        "settings": {**STEP, "theta": 0.8, "batch": 8},
        "nodes": 4,
        "asynchronous": "on",
        "compute_time": "10ms",
        "steps": STEPS,
        "log_every": LOGGED,
        "seed": 3,
    }
    return p2pbo.run(**{**usual, "out": out, **given})


def stop(out, step=STOP, number=signal.SIGUSR1, **given):
    with asked_after(step, number), pytest.raises(Stopped) as stopped:
        run(out, **given)
    return str(stopped.value)


def fall_over(out, step, **given):
    def fall():
        raise ZeroDivisionError

    with after(step, fall), pytest.raises(ZeroDivisionError):
        run(out, **given)


def resumed_at(out):
    with h5py.File(out) as file:
        return file.attrs["resumed_at"].tolist()


def assert_same(found, expected, *differing):
    (arrays, attributes), (others, their_attributes) = everything(found), everything(expected)
    assert arrays.keys() == others.keys()
    for name, values in others.items():
        np.testing.assert_array_equal(arrays[name], values, name)
    assert {name for name, value in their_attributes.items() if attributes.get(name) != value} <= {*differing}


@pytest.mark.parametrize("given", CASES.values(), ids=CASES)
def test_a_stopped_simulation_goes_on_bit_for_bit(given, tmp_path):
    undisturbed, stopped = tmp_path / "a.h5", tmp_path / "b.h5"
    run(undisturbed, **given)
    stop(stopped, **given)
    run(stopped, resume=True, **given)
    assert resumed_at(stopped) == [STOP]
    assert_same(stopped, undisturbed)


def test_what_has_failed_and_been_dropped_stays_so_and_is_not_told_again(tmp_path):
    graph = nx.cycle_graph(5)
    graph.nodes[2]["fails_at"], graph.nodes[4]["speed"] = 0.045, 0.8
    given = {"topology": graph, "silent_after": "50ms", "nodes": 5}
    undisturbed, stopped = tmp_path / "a.h5", tmp_path / "b.h5"
    with pytest.warns(p2pbo.Notice, match="node 2"):
        run(undisturbed, **given)
    with pytest.warns(p2pbo.Notice, match="node 2"):
        stop(stopped, **given)
    turns = open_checkpoint(stopped.with_suffix(".ckpt")).rows("asynchronous/drop_turns", slice(None))
    assert turns.sum() == 2
    run(stopped, resume=True, **given)  # a Notice would be an error
    assert_same(stopped, undisturbed)


@pytest.mark.parametrize("given", [CASES["losses and copies"], CASES["STORM"]], ids=["sgd", "STORM"])
def test_so_does_one_that_fell_over_between_two_rows(given, tmp_path):
    undisturbed, out = tmp_path / "a.h5", tmp_path / "b.h5"
    run(undisturbed, checkpoint_every=5, **given)
    fall_over(out, 20, checkpoint_every=5, **given)
    assert open_checkpoint(out.with_suffix(".ckpt")).step == 15
    run(out, checkpoint_every=5, resume=True, **given)
    assert_same(out, undisturbed)


def test_it_stops_and_goes_on_from_the_command_line(tmp_path):
    undisturbed, out = tmp_path / "a.h5", tmp_path / "b.h5"
    run(undisturbed)
    kept = out.with_suffix(".ckpt")
    assert stop(out, 8, signal.SIGTERM) == f"stopped on request after step 8; p2pbo run {kept} goes on"
    assert p2pbo.open_trace(out).status == "stopped"
    with asked_after(16, signal.SIGHUP):
        said = said_to("run", kept, "--quiet")
    line = f"p2pbo: stopped on request after step 16; p2pbo run {kept} goes on\n"
    assert (said.code, said.err) == (75, line)
    assert said_to("run", kept, "--quiet") == (0, "", "")
    assert resumed_at(out) == [8, 16]
    assert_same(out, undisturbed)


def test_a_time_limit_keeps_the_nodes_too(tmp_path):
    undisturbed, out = tmp_path / "a.h5", tmp_path / "b.h5"
    run(undisturbed)
    limit = r"^stopped at the time limit of 0.001s after step \d+; p2pbo run .*b.ckpt goes on$"
    with pytest.raises(OutOfTime, match=limit):
        run(out, time_limit="0.001s")
    run(out, resume=True)
    assert_same(out, undisturbed)


def test_more_steps_extend_a_simulation(tmp_path):
    short, long = tmp_path / "short.h5", tmp_path / "long.h5"
    run(long, checkpoint_every="1h", topology=UNEQUAL)
    run(short, checkpoint_every="1h", topology=UNEQUAL, steps=STOP)
    run(short, checkpoint_every="1h", topology=UNEQUAL, resume=True)
    assert_same(short, long)


def test_the_work_of_nodes_is_counted_on(tmp_path):
    """Of equal nodes it is that of rounds."""
    data = {"name": "synthetic", "samples": 40, "features": 3, "classes": 2}
    given = {"problem": "hyper-representation", "data": data, "algorithm": "mdbo", "nodes": 2, "flops": "on"}
    given |= {
        "settings": {"batch": 4, "lipschitz": 20.0, "terms": 2},
        "steps": 4,
        "log_every": 2,
        "threads": 1,
    }
    rounds = run(None, **given, asynchronous="off", compute_time=None)
    stop(tmp_path / "run.h5", 2, **given)
    trace = run(tmp_path / "run.h5", resume=True, **given)
    assert (rounds["node_flops"].values[-1] > 0).all()
    np.testing.assert_array_equal(trace["node_flops"].values, rounds["node_flops"].values)
    assert (np.diff(trace["node_oracle_time"].values, axis=0) > 0).all()


@pytest.mark.parametrize("name", ["told", "heard/mass", "on_way/order", "ready/time"])
def test_a_checkpoint_without_all_rows_is_refused_on_one_line(name, tmp_path):
    out = tmp_path / "run.h5"
    stop(out)
    kept = open_checkpoint(out.with_suffix(".ckpt"))
    writer = CheckpointWriter(out.with_suffix(".ckpt"), kept.description, kept.attributes)
    for own in kept.names:
        if own != f"asynchronous/{name}":
            total = kept.total(own)
            writer.rows(own, total, np.arange(total), kept.rows(own, slice(None)))
    writer.commit()
    said = said_to("run", out.with_suffix(".ckpt"), "--quiet")
    line = f"p2pbo: {kept.path} holds no asynchronous/{name}; start the run anew without --resume\n"
    assert said == (2, "", line)


FLAGS = ["--problem=quadratic", "--nodes=4", "--algorithm=sparkle-gt", "--asynchronous=on", "--quiet"]
FLAGS += [f"--set=algorithm.{name}=1.2" for name in ("alpha", "beta", "gamma")] + ["--set=algorithm.theta=1"]


def started(build, ranks, program, *arguments):
    return build.start(ranks, *program, *map(str, arguments), timeout=90)


def test_ranks_stop_on_request_and_others_go_on_to_the_solution(either_build, tmp_path):
    out, kept = tmp_path / "run.h5", tmp_path / "run.ckpt"
    flags = ["--log-every=40", "--steps=1000000", "--set=algorithm.radius=off", "--out", out]
    stopped = started(either_build, 2, [signalled.__file__, "1", "60", "SIGTERM"], "run", *FLAGS, *flags)
    step = open_checkpoint(kept).step
    line = f"p2pbo: stopped on request after step {step}; p2pbo run {kept} goes on"
    assert (stopped.code, stopped.own_lines) == (75, [line]), stopped.err
    assert p2pbo.open_trace(out).status == "stopped"
    alone = said_to("run", kept, "--quiet")
    assert (alone.code, alone.err[:46]) == (2, "p2pbo: --asynchronous on simulates when each n")
    before = p2pbo.open_trace(out)
    more = ["--until=hypergradient_norm=5e-14", "--checkpoint-every=1h", "--quiet"]
    finished = started(either_build, 3, ["-m", "p2pbo"], "run", kept, *more)
    assert (finished.code, finished.own_lines) == (0, []), finished.err
    trace = p2pbo.open_trace(out)
    assert (trace.status, resumed_at(out)) == ("completed", [step])
    assert trace["consensus_norm_x"].values[-1] < 1e-9
    rows = len(before["step"])
    np.testing.assert_array_equal(trace["node_steps"].values[:rows], before["node_steps"].values)
    assert_goes_on(trace)
    assert_ledger(open_checkpoint(kept))


def assert_goes_on(trace):
    for counted in ("node_steps", "messages_sent", "wall_time"):
        assert (np.diff(trace[counted].values, axis=0) >= 0).all()


def assert_ledger(kept):
    """Σ t + Σ (ρ − ρ̃) = Σ u over a ring, where what is told is what is heard; stamps are of the second incarnation."""

    def read(name):
        return kept.rows(name, slice(None))

    estimates = np.concatenate([read(f"state/{name}/U") for name in "xyz"], axis=1)
    trackers = read("asynchronous/half") / 3  # w_ii of a ring
    off = read("asynchronous/told") - read("asynchronous/heard/mass")
    assert np.abs(off).max() < 1e-10
    assert np.abs(read("asynchronous/told")).max() > 0.1
    np.testing.assert_allclose(trackers.sum(0) + off.sum(0), estimates.sum(0), rtol=0, atol=1e-12)
    assert (read("asynchronous/incarnation") == 1).all()
    assert (read("asynchronous/heard/stamps") > 1 << 40).all()


def test_ranks_that_were_killed_go_on_from_their_last_checkpoint(either_build, tmp_path):
    out, kept = tmp_path / "run.h5", tmp_path / "run.ckpt"
    flags = ["--log-every=40", "--steps=1000000", "--checkpoint-every=50", "--out", out]
    killed = started(either_build, 2, [signalled.__file__, "1", "200", "SIGKILL"], "run", *FLAGS, *flags)
    assert killed.code not in (0, 75)
    step = open_checkpoint(kept).step
    assert step >= 50
    finished = started(either_build, 2, ["-m", "p2pbo"], "run", kept, "--time-limit=1s", "--quiet")
    later = open_checkpoint(kept).step
    line = f"p2pbo: stopped at the time limit of 1s after step {later}; p2pbo run {kept} goes on"
    assert (finished.code, finished.own_lines) == (75, [line]), finished.err
    assert later >= step
    trace = p2pbo.open_trace(out)
    assert (np.diff(trace["step"].values) > 0).all()
    assert trace["step"].values[-1] <= later
    assert resumed_at(out) == [step]
    assert_goes_on(trace)
