"""A run that was stopped, or fell over, goes on as if nothing had happened: the same numbers, bit for bit."""

import shutil
import signal

import h5py
import networkx as nx
import numpy as np
import placements
import pytest
import resuming
import surviving
from agreement import agree
from command import said_to
from resuming import after, asked_after, everything

import p2pbo
from p2pbo.errors import InputError, Notice
from p2pbo.runner.process.signals import Stopped
from p2pbo.trace.checkpoint import open_checkpoint

STEPS, STOP = 7, 4
QUADRATIC = {
    "problem": {"name": "quadratic", "samples": 20},
    "nodes": 4,
    "log_every": 3,
    "settings": {"batch": 8},
}
LOSSY = "x=topk:0.4,y=qsgd:8,z=randk:0.3"
TROUBLED = {"drop": 0.2, "delay": 2, "stragglers": 0.1, "schedule": "matching"}
WITH_SPEEDS = nx.cycle_graph(4)
nx.set_edge_attributes(WITH_SPEEDS, {(0, 1): 1e4, (1, 2): 2e4, (2, 3): 1e4, (0, 3): 5e4}, "bandwidth")
WITH_CARDS = nx.cycle_graph(4)
nx.set_node_attributes(WITH_CARDS, {0: 1e4, 1: 2e4, 2: 3e4, 3: 1e5}, "bandwidth")
MSC = {"cm-soba-msc", "ef-soba-msc"}  # they take unbiased codecs only


def codec_of(algorithm):
    if algorithm in placements.EXACT:
        return "none"
    of_x_alone = placements.method(algorithm)["lower_level"] == "local"
    return "randk:0.3" if algorithm in MSC or of_x_alone else LOSSY


PRESETS = {name: {**placements.method(name), "codec": codec_of(name)} for name in placements.OF_THE_PROBLEM}
PRESETS |= {
    name: {"algorithm": name, "codec": LOSSY, "settings": placements.UNEQUAL}
    for name in sorted(placements.UNEQUAL_TOO)
}
OTHERS = {
    "exact": {"algorithm": "vrdbo"},
    "masked": {"algorithm": "mdbo", "codec": "randk:0.3", "channel": "masked"},
    "late": {"algorithm": "sparkle-gt", "links": {"delay": 2}},
    "troubled": {"algorithm": "mdbo", "links": TROUBLED},
    "troubled and lossy": {"algorithm": "ef-soba", "codec": "randk:0.3", "links": TROUBLED},
    "a changing graph": {"algorithm": "fab", "topology": "one-peer-exponential:random"},
    "low rank": {"algorithm": "sparkle-gt", "codec": "x=lowrank:2,y=lowrank:1", "links": {"drop": 0.2}},
    "links with speeds": {"topology": WITH_SPEEDS, "codec": "randk:0.3"},
    "drawn computing times": {"topology": WITH_CARDS, "compute_time": "lognormal:2ms:0.7"},
    "counted work": {"algorithm": "ma-dsbo", "flops": "on"},
    "float32": {"algorithm": "cd-bsvrgd", "dtype": "float32"},
    "a schedule": {"settings": {"batch": 8, "schedule": "cosine"}},
    "random depth": {"settings": {"batch": 8, "neumann": "random"}},
    "autograd": {
        "algorithm": "dsbo",
        "problem": "hyper-representation",
        "data": {"name": "synthetic", "samples": 60, "features": 5, "classes": 3},
        "settings": {"batch": 4, "lipschitz": 5.0},
    },
}
OWN = {  # presets for it are above
    f"own lower levels, {name}": {"algorithm": name, "lower_level": "local"}
    for name in ("sparkle-gt", "mdbo", "vrdbo")
}
CASES = PRESETS | OTHERS | OWN


def run(out, **given):
    return p2pbo.run(**{**QUADRATIC, "steps": STEPS, "seed": 3, "out": out, **given})


def stop(out, step=STOP, **given):
    """A run that ends after ``step`` because it was asked to."""
    with asked_after(step), pytest.raises(Stopped):
        run(out, **given)


def fall_over(out, step, **given):
    def fall():
        raise ZeroDivisionError

    with after(step, fall), pytest.raises(ZeroDivisionError):
        run(out, **given)


def assert_same(found, expected, described=True):
    """Bit for bit, but for times; with ``described`` the descriptions, too."""
    (arrays, attributes), (others, their_attributes) = everything(found), everything(expected)
    assert arrays.keys() == others.keys()
    for name, values in others.items():
        np.testing.assert_array_equal(arrays[name], values, name)
    differing = {name for name, value in their_attributes.items() if attributes.get(name) != value}
    assert differing <= (set() if described else {"description"})
    assert attributes.keys() == their_attributes.keys()


@pytest.mark.parametrize("given", CASES.values(), ids=CASES)
def test_a_stopped_run_goes_on_bit_for_bit(given, tmp_path):
    undisturbed, stopped = tmp_path / "a.h5", tmp_path / "b.h5"
    run(undisturbed, **given)
    stop(stopped, **given)
    assert open_checkpoint(stopped.with_suffix(".ckpt")).step == STOP
    run(stopped, resume=True, **given)
    assert_same(stopped, undisturbed)


@pytest.fixture
def undisturbed(tmp_path):
    path = tmp_path / "undisturbed.h5"
    run(path)
    return path


@pytest.fixture
def stopped(tmp_path):
    path = tmp_path / "run.h5"
    stop(path)
    return path


def test_a_stopped_run_says_where_it_is_and_how_it_goes_on(tmp_path):
    out = tmp_path / "run.h5"
    with asked_after(STOP, signal.SIGTERM), pytest.raises(Stopped) as stopped:
        run(out)
    assert str(stopped.value) == f"stopped on request after step 4; p2pbo run {tmp_path / 'run.ckpt'} goes on"
    trace = p2pbo.open_trace(out)
    assert trace.status == "stopped"
    assert trace.values("step").tolist() == [0, 3]


def test_a_run_may_stop_and_go_on_again_and_again(undisturbed, stopped):
    for step in (5, 6):
        stop(stopped, step, resume=True)
    run(stopped, resume=True)
    assert_same(stopped, undisturbed)
    with h5py.File(stopped) as file:
        assert file.attrs["resumed_at"].tolist() == [STOP, 5, 6]


def test_the_checkpoint_alone_says_what_is_to_be_run(undisturbed, stopped):
    said = said_to("run", stopped.with_suffix(".ckpt"), "--quiet")
    assert said == (0, "", "")
    assert_same(stopped, undisturbed)


def test_the_command_line_ends_with_75_and_one_line(tmp_path):
    flags = ["--problem=quadratic", "--nodes=4", "--quiet", "--out", tmp_path / "run.h5"]
    with asked_after(STOP):
        said = said_to("run", *flags)
    assert (said.code, said.out) == (75, "")
    assert said.err == f"p2pbo: stopped on request after step 4; p2pbo run {tmp_path / 'run.ckpt'} goes on\n"


def test_a_run_whose_process_died_goes_on_from_its_last_checkpoint(undisturbed, tmp_path):
    out = tmp_path / "run.h5"
    fall_over(out, 6, checkpoint_every=2)
    run(out, checkpoint_every=5, resume=True)  # how often is no part of what the run is
    assert_same(out, undisturbed, described=False)


DIED = {"low rank": {**OTHERS["low rank"], "links": {}}, "low rank, dropped": OTHERS["low rank"], **OWN} | {
    name: {"algorithm": name, "lower_level": "local"} for name in ("lopa-gt", "lopa-lg", "interact")
}


@pytest.mark.parametrize("given", DIED.values(), ids=DIED)
@pytest.mark.parametrize("every", [1, 3])
def test_what_nodes_and_edges_keep_is_in_every_checkpoint(every, given, tmp_path):
    """Of a local lower level y and z; of low-rank edges their counts and directions, in rounds of either kind."""
    undisturbed, out = tmp_path / "a.h5", tmp_path / "b.h5"
    run(undisturbed, checkpoint_every=every, **given)
    fall_over(out, 6, checkpoint_every=every, **given)
    run(out, checkpoint_every=every, resume=True, **given)
    assert_same(out, undisturbed)


def test_ranks_that_were_killed_go_on_with_their_own_lower_levels(first_build, tmp_path):
    """Rank 1 of three kills itself in step 6; the run goes on from step 4, and equals one that nobody disturbed."""
    flags = ["--problem=quadratic", "--nodes=6", "--lower-level=local", "--algorithm=lopa-gt", "--steps=9"]
    run_ = ["run", *flags, "--checkpoint-every=2", "--log-every=3", "--quiet", "--out"]
    undisturbed, out = tmp_path / "a.h5", tmp_path / "b.h5"
    assert first_build.start(3, "-m", "p2pbo", *run_, undisturbed).code == 0
    assert first_build.start(3, surviving.__file__, "1:6", *run_, out).code != 0
    kept = out.with_suffix(".ckpt")
    assert open_checkpoint(kept).step == 4
    finished = first_build.start(3, "-m", "p2pbo", "run", kept, "--quiet")
    assert (finished.code, finished.own_lines) == (0, [])
    assert_same(out, undisturbed)


def test_more_steps_extend_a_run(tmp_path):
    short, long = tmp_path / "short.h5", tmp_path / "long.h5"
    run(long, steps=9, checkpoint_every=3)
    run(short, steps=6, checkpoint_every=3)
    run(short, steps=9, checkpoint_every=3, resume=True)
    assert p2pbo.open_trace(short).values("step").tolist() == [0, 3, 6, 9]
    assert_same(short, long, described=False)


def test_what_is_complete_is_left_as_it_is(undisturbed):
    before = undisturbed.read_bytes()
    trace = run(undisturbed, resume=True)
    assert trace.status == "completed"
    assert undisturbed.read_bytes() == before


def test_without_a_checkpoint_the_run_begins_again(undisturbed, tmp_path):
    out = tmp_path / "run.h5"
    fall_over(out, STOP)
    assert p2pbo.open_trace(out).values("step").tolist() == [0, 3]
    run(out, resume=True)
    assert_same(out, undisturbed)


def test_without_anything_it_begins(undisturbed, tmp_path):
    run(tmp_path / "run.h5", resume=True)
    assert_same(tmp_path / "run.h5", undisturbed)


def damage(path):
    path.write_bytes(path.read_bytes()[:-100])


def test_a_damaged_checkpoint_gives_way_to_the_one_before(undisturbed, stopped):
    stop(stopped, 6, resume=True)
    damage(stopped.with_suffix(".ckpt"))
    with pytest.warns(
        Notice, match=r"run\.ckpt is truncated or corrupted; the run goes on from step 4 of .*run\.previous"
    ):
        run(stopped, resume=True)
    assert_same(stopped, undisturbed)


REFUSED = {
    "other settings": (
        {"seed": 4},
        "run.h5 is of a run with seed = 3, not 4; choose another --out, or give that run's settings",
    ),
    "fewer steps": ({"steps": 3}, "run.ckpt is at step 4, behind the last of 3 steps; use --steps 4 or more"),
}


@pytest.mark.parametrize(("given", "line"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_the_same_run_is_refused(given, line, stopped):
    before = stopped.read_bytes()
    with pytest.raises(InputError) as refused:
        run(stopped, resume=True, **given)
    assert str(refused.value).replace(f"{stopped.parent}/", "") == line
    assert stopped.read_bytes() == before


def test_both_checkpoints_damaged_say_so_on_one_line(stopped):
    stop(stopped, 6, resume=True)
    for name in ("run.ckpt", "run.previous.ckpt"):
        damage(stopped.with_name(name))
    with pytest.raises(
        InputError, match=r"run\.ckpt is truncated .*, and .*run\.previous\.ckpt is truncated"
    ):
        run(stopped, resume=True)


def test_a_trace_that_is_gone_is_missed(stopped):
    stopped.unlink()
    with pytest.raises(
        InputError, match=r"run\.h5 is gone, and .*run\.ckpt cannot go on without it; restore it"
    ):
        run(stopped, resume=True)


def test_more_steps_need_a_checkpoint(undisturbed):
    with pytest.raises(InputError, match="is complete with 7 steps, and there is no checkpoint"):
        run(undisturbed, resume=True, steps=9)


def test_a_run_in_memory_cannot_go_on():
    with pytest.raises(InputError, match="--resume has no file to go on with"):
        run(None, resume=True)


def test_ranks_stop_together_and_go_on_together_or_alone(either_build, tmp_path):
    finished = either_build.start(resuming.RANKS, resuming.__file__, tmp_path)
    kept = tmp_path / "line.ckpt"
    line = f"p2pbo: stopped on request after step {resuming.STOPPED}; p2pbo run {kept} goes on"
    assert (finished.code, finished.own_lines) == (75, [line]), finished.err
    assert open_checkpoint(kept).step == resuming.STOPPED
    assert_same(tmp_path / "run.h5", tmp_path / "undisturbed.h5", described=False)
    shutil.copytree(tmp_path / "stopped", tmp_path / "alone")
    assert said_to("run", tmp_path / "alone" / "run.ckpt", "--quiet") == (0, "", "")
    agree(tmp_path / "undisturbed.h5", tmp_path / "alone" / "run.h5")


def test_ranks_go_on_where_one_process_stopped(first_build, tmp_path):
    whole, out = tmp_path / "whole.h5", tmp_path / "run.h5"
    p2pbo.run(**resuming.GIVEN, out=whole)
    with asked_after(STOP), pytest.raises(Stopped):
        p2pbo.run(**resuming.GIVEN, out=out)
    finished = first_build.start(3, "-m", "p2pbo", "run", out.with_suffix(".ckpt"), "--quiet")
    assert (finished.code, finished.own_lines) == (0, [])
    agree(whole, out)
