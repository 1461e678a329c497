"""Timelines of runs: what each rank does, whom it waits for, and what is left of it when a run ends early."""

import signal

import mpi
import numpy as np
import pytest
import surviving
from command import said_to
from resuming import after, asked_after
from timeline_events import check_order, seconds, spans_in, steps

import p2pbo
from p2pbo.errors import InputError
from p2pbo.runner import Diverged
from p2pbo.runner.process.signals import Stopped
from p2pbo.runner.timeline.part import TimelinePart

STEPS, EVERY = 9, 3
GIVEN = {"problem": "quadratic", "nodes": 5, "steps": STEPS, "log_every": EVERY}
FLAGS = ("--problem=quadratic", "--nodes=5", f"--steps={STEPS}", f"--log-every={EVERY}", "--quiet")


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_one_process_computes_and_logs(tmp_path):
    path = tmp_path / "new" / "t.json"
    trace = p2pbo.run(**GIVEN, timeline=path)
    (spans,) = spans_in(path).values()
    assert steps(spans, "compute") == list(range(1, STEPS + 1))
    assert steps(spans, "log") == list(range(0, STEPS + 1, EVERY))
    assert {span["cat"] for span in spans} == {"compute", "log"}
    check_order(spans)
    assert seconds(spans, "compute") == pytest.approx(trace.values("compute_time")[-1], abs=1e-6)
    assert names(path.parent) == {"t.json"}


@pytest.mark.parametrize("ranks", [2, 3])
def test_ranks_wait_as_long_as_the_trace_says(either_build, ranks, tmp_path):
    out, path = tmp_path / "run.h5", tmp_path / "t.json.gz"
    run = ("-m", "p2pbo", "run", *FLAGS, "--out", out, "--timeline", path, "--checkpoint-every", 6)
    finished = either_build.start(ranks, *run)
    assert (finished.code, finished.own_lines) == (0, [])
    trace, found = p2pbo.open_trace(out), spans_in(path)
    assert found.keys() == set(range(ranks))
    waits = zip(
        *(trace.values(name).tolist() for name in ("waiting_rank", "awaited_rank", "rank_wait_time")),
        strict=True,
    )
    for rank, other, waited in waits:
        own = [span for span in found[rank] if span["name"] == f"wait for rank {other}"]
        assert {span["args"]["rank"] for span in own} == {other}
        assert {*steps(own, "wait")} == set(range(1, STEPS + 1))
        assert seconds(own, "wait") == pytest.approx(waited, abs=1e-6)
    computed = sum(seconds(spans, "compute") for spans in found.values()) / ranks
    assert computed == pytest.approx(trace.values("compute_time")[-1], abs=1e-6)
    for spans in found.values():
        check_order(spans)
        assert steps(spans, "checkpoint") == [6, STEPS]
        assert steps(spans, "log") == list(range(0, STEPS + 1, EVERY))
    assert not [name for name in names(tmp_path) if ".rank" in name]


def test_ranks_that_log_together_do_so_at_one_time(either_build, tmp_path):
    """Nobody ends a row before all have begun it: clocks that were not the same would show here."""
    path = tmp_path / "t.json"
    assert either_build.start(3, "-m", "p2pbo", "run", *FLAGS, "--timeline", path).code == 0
    logs = [[span for span in spans if span["cat"] == "log"] for spans in spans_in(path).values()]
    for row in zip(*logs, strict=True):
        assert max(span["ts"] for span in row) < min(span["ts"] + span["dur"] for span in row)


def test_numbers_are_those_without(tmp_path):
    with_one, without = (p2pbo.run(**GIVEN, timeline=path) for path in (tmp_path / "t.json", None))
    np.testing.assert_array_equal(with_one.final.x, without.final.x)
    assert with_one.description == without.description


@pytest.mark.parametrize("ends", ["stopped", "diverged", "interrupted", "failed"])
def test_a_run_that_ends_early_leaves_one(ends, tmp_path):
    path, given = tmp_path / "t.json", {**GIVEN, "out": tmp_path / "run.h5", "timeline": tmp_path / "t.json"}
    match ends:
        case "stopped":
            with asked_after(4), pytest.raises(Stopped):
                p2pbo.run(**given)
        case "interrupted":
            with after(4, lambda: signal.raise_signal(signal.SIGINT)), pytest.raises(KeyboardInterrupt):
                p2pbo.run(**given)
        case "failed":
            with after(4, lambda: 1 // 0), pytest.raises(ZeroDivisionError):
                p2pbo.run(**given)
        case "diverged":
            with pytest.raises(Diverged):
                p2pbo.run(**given | {"steps": 1000, "settings": {"beta1": 1e3, "beta2": 1e3}})
    (spans,) = spans_in(path).values()
    computed = steps(spans, "compute")
    assert computed == list(range(1, len(computed) + 1))
    assert len(computed) == 4 or ends == "diverged"
    assert steps(spans, "checkpoint") == [4] * (ends == "stopped")
    assert not [name for name in names(tmp_path) if ".rank" in name]


def test_a_run_that_goes_on_has_the_steps_since(tmp_path):
    given = {**GIVEN, "out": tmp_path / "run.h5", "checkpoint_every": 3}
    p2pbo.run(**given | {"steps": 6}, timeline=tmp_path / "before.json")
    p2pbo.run(**given, resume=True, timeline=tmp_path / "t.json")
    (spans,) = spans_in(tmp_path / "t.json").values()
    assert steps(spans, "compute") == [7, 8, 9]
    p2pbo.run(**given, resume=True, timeline=tmp_path / "none.json")  # which has nothing to do
    assert not {name for name in names(tmp_path) if "none" in name}


def test_a_rank_that_fails_writes_what_all_have_left(either_build, tmp_path):
    path = tmp_path / "t.json"
    arguments = (surviving.__file__, "1:4:raises", "run", *FLAGS, "--timeline", path)
    assert either_build.start(3, *arguments).code == 1
    found = spans_in(path)
    assert found.keys() == {0, 1, 2}
    assert steps(found[1], "compute")[-1] == 4
    assert all({1, 2, 3} <= {*steps(found[rank], "compute")} for rank in (0, 2))


def test_ranks_that_are_killed_leave_their_parts(build, tmp_path):
    arguments = (surviving.__file__, "1:4", "run", *FLAGS, "--timeline", tmp_path / "t.json")
    build.start(3, *arguments)
    assert names(tmp_path) == {f"t.rank{rank}.json" for rank in range(3)}
    found = [spans_in(tmp_path / f"t.rank{rank}.json")[rank] for rank in range(3)]
    assert steps(found[1], "compute")[-1] == 4
    assert all({1, 2, 3} <= {*steps(spans, "compute")} for spans in found)


def test_survivors_write_it_with_the_dead(build, tmp_path):
    if build.name != "openmpi":
        pytest.skip(f"{build.name} ends the whole job when a rank dies")
    path = tmp_path / "t.json"
    run = ("run", "--on-failure=continue", *FLAGS, "--timeline", path)
    launcher = [build.mpiexec, "--with-ft", "ulfm", "-n", 4, build.python, surviving.__file__, "0:4"]
    assert mpi.finish([*launcher, *run]).code == 0
    found = spans_in(path)
    last = {rank: steps(spans, "compute")[-1] for rank, spans in found.items()}
    assert last == {0: 4, 1: STEPS, 2: STEPS, 3: STEPS}
    assert names(tmp_path) == {"t.json"}


def test_a_file_that_cannot_be_written_is_refused_before_the_run(either_build, tmp_path):
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "t.json"
    finished = either_build.start(2, "-m", "p2pbo", "run", *FLAGS, "--timeline", path)
    assert finished.code == 2
    (line,) = finished.own_lines
    assert line.startswith(f"p2pbo: --timeline {path} cannot be written (")
    assert line.endswith("; choose another file")


def test_a_run_that_does_not_begin_leaves_none(tmp_path):
    out = tmp_path / "run.h5"
    out.touch()
    with pytest.raises(InputError):
        p2pbo.run(**GIVEN, out=out, timeline=tmp_path / "t.json")
    assert names(tmp_path) == {"run.h5"}


def test_a_disk_that_is_full_ends_the_timeline_alone(tmp_path, monkeypatch):
    really = TimelinePart.add

    def add(part, row, name, kind, begin, end, args):
        really(part, row, name, kind, begin, end, args)
        if b'"step":4' in args:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(TimelinePart, "add", add)
    with pytest.warns(p2pbo.errors.Notice, match="ends before the run"):
        trace = p2pbo.run(**GIVEN, timeline=tmp_path / "t.json")
    assert trace.status == "completed"


def test_launch_refuses_a_name_before_any_rank_starts(tmp_path):
    said = said_to("launch", "-n", 2, *FLAGS, "--timeline", tmp_path / "t.h5")
    assert (said.code, said.out) == (2, "")
    assert "does not end in .json or .json.gz; call it t.json" in said.err


def test_a_run_refuses_a_name_before_it_writes(tmp_path):
    said = said_to("run", *FLAGS, "--timeline", tmp_path / "t.h5")
    assert (said.code, said.out) == (2, "")
    assert "does not end in .json or .json.gz; call it t.json" in said.err
    assert names(tmp_path) == set()


def test_launch_writes_what_killed_ranks_have_left(monkeypatch, tmp_path):
    path = tmp_path / "t.json"

    def supervise(job, restarts):
        p2pbo.run(**GIVEN, timeline=path)
        path.rename(tmp_path / "t.rank1.json")
        return 137

    monkeypatch.setattr("p2pbo.cli.commands.launch.supervise", supervise)
    assert said_to("launch", "-n", 2, *FLAGS, "--timeline", path).code == 137
    assert names(tmp_path) == {"t.json"}
    assert len(spans_in(path)[0]) > STEPS


def test_a_sweep_has_none(tmp_path):
    said = said_to("sweep", *FLAGS, "--out", tmp_path, "--set", "timeline=t.json")
    assert said.code == 2
    assert "timeline is of one run" in said.err
