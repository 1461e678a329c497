"""Supervised restarts: which ends are final, where a restart goes on, and on which hosts."""

import signal

import h5py
import numpy as np
import pytest

import p2pbo
from p2pbo import InputError
from p2pbo.runner.process import supervisor
from p2pbo.runner.process.hosts import Host, parse_hosts
from p2pbo.runner.process.launcher import ExitStatus
from p2pbo.runner.process.supervisor import Job, supervise
from p2pbo.trace.checkpoint import CheckpointWriter

AB = (Host("a", 2), Host("b", 2))


class Ends(list):
    """What is left of them; ``started`` and ``slept`` tell what happened."""

    def __init__(self):
        super().__init__()
        self.started, self.slept = [], []


@pytest.fixture
def ends(monkeypatch):
    """What starts of ranks come to, one after another."""

    ends = Ends()

    def start(ranks, arguments, *, hosts, fault_tolerant):
        ends.started.append((ranks, arguments[3:], tuple(map(str, hosts))))
        return ends.pop(0)

    monkeypatch.setattr(supervisor, "start_ranks", start)
    monkeypatch.setattr("time.sleep", ends.slept.append)
    return ends


def ended(*codes):
    return [ExitStatus(code, None) for code in codes]


def job(folder, **fields):
    return Job(**{"ranks": 4, "flags": ["--steps=9"], "out": folder / "run.h5", **fields})


@pytest.mark.parametrize("code", [0, 2, 3, 75, 130])
def test_some_ends_are_final(code, ends, tmp_path):
    ends += ended(code)
    assert supervise(job(tmp_path), restarts=5) == code


def test_a_trace_that_is_not_complete_belies_the_exit_code(ends, tmp_path, capsys):
    """Hydra says 0 where a rank calls os._exit(0)."""
    out = tmp_path / "run.h5"
    p2pbo.run(problem="quadratic", steps=1, out=out)
    ends += ended(0)
    assert supervise(job(tmp_path), restarts=1) == 0
    with h5py.File(out, "r+") as file:
        file.attrs["exit_status"] = "running"
    ends += ended(0, 75)
    assert supervise(job(tmp_path), restarts=1) == 75
    first, second = capsys.readouterr().err.splitlines()
    assert first == f"p2pbo: the ranks have vanished and left {out} running, or ended without a word"
    assert second == "p2pbo: the ranks ended with exit code 1; restart 1 of 1 from the start"


def test_an_end_after_a_signal_is_final(ends, tmp_path):
    ends += [ExitStatus(138, signal.SIGTERM)]
    assert supervise(job(tmp_path), restarts=5) == 138
    ends += [ExitStatus(1, signal.SIGINT)]  # Open MPI's mpiexec has ended the ranks, which said nothing
    with pytest.raises(KeyboardInterrupt):
        supervise(job(tmp_path), restarts=5)


def test_accidents_are_followed_by_restarts_after_longer_and_longer_pauses(ends, tmp_path, capsys):
    ends += ended(137, 69, 139, 1)
    assert supervise(job(tmp_path), restarts=3) == 1
    first, *others = ends.started
    assert first == (4, ["--steps=9"], ())
    assert others == [(4, ["--steps=9", "--resume"], ())] * 3
    assert ends.slept == [1, 2, 4]
    assert capsys.readouterr().err.splitlines() == [
        f"p2pbo: the ranks ended with exit code {code}; restart {n} of 3 from the start"
        for n, code in enumerate([137, 69, 139], start=1)
    ]


def test_the_pause_has_an_end(ends, tmp_path):
    ends += ended(*[1] * 9)
    supervise(job(tmp_path, flags=["--resume"]), restarts=8)
    assert ends.slept == [1, 2, 4, 8, 16, 32, 60, 60]
    assert all(flags == ["--resume"] for _, flags, _ in ends.started)


def test_the_line_says_where_a_restart_goes_on(ends, tmp_path, capsys):
    writer = CheckpointWriter(tmp_path / "run.ckpt", {}, {"step": 1200})
    writer.rows("state/x", 1, np.arange(1), np.zeros((1, 2)))
    writer.commit()
    ends += ended(137, 0)
    assert supervise(job(tmp_path), restarts=3) == 0
    assert capsys.readouterr().err == (
        "p2pbo: the ranks ended with exit code 137; restart 1 of 3 from step 1200 of run.ckpt\n"
    )


def test_without_restarts_nothing_is_asked_for(ends):
    ends += ended(137)
    assert supervise(Job(2, []), restarts=0) == 137


def test_a_restart_leaves_out_hosts_that_do_not_answer_and_comes_back_to_them(
    ends, network, tmp_path, capsys
):
    hosts = (Host("localhost", 1), Host("a", 2), Host("b", 4))
    ends += ended(137, 255, 0)
    network.up("b")

    def sleep(seconds):
        if seconds == 2:
            network.up("a")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("time.sleep", sleep)
        assert supervise(job(tmp_path, ranks=7, hosts=hosts), restarts=3) == 0
    assert [(ranks, names) for ranks, _, names in ends.started] == [
        (7, ("localhost:1", "a:2", "b:4")),
        (5, ("localhost:1", "b:4")),
        (7, ("localhost:1", "a:2", "b:4")),
    ]
    assert capsys.readouterr().err.splitlines() == [
        "p2pbo: host a does not answer",
        "p2pbo: the ranks ended with exit code 69; restart 1 of 3 on 5 of 7 ranks, without a, from the start",
        "p2pbo: the ranks ended with exit code 255; restart 2 of 3 from the start",
    ]


@pytest.mark.usefixtures("network")
def test_where_no_host_answers_the_next_restart_tries_again(ends, tmp_path, capsys):
    ends += ended(255)
    assert supervise(job(tmp_path, hosts=AB), restarts=2) == 69
    assert capsys.readouterr().err.splitlines() == [
        "p2pbo: hosts a, b do not answer",
        *(
            f"p2pbo: the ranks ended with exit code 69; restart {n} of 2 is lost: no host of a, b answers"
            for n in (1, 2)
        ),
    ]


def test_the_loss_of_a_host_is_an_accident_whatever_the_launcher_says(ends, network, tmp_path, capsys):
    """Open MPI's has said 0; one that has ended its job before it is asked is told from hosts that answer now."""
    for host in AB:
        network.up(host.name)
    lost = ExitStatus(0, None, AB[1:])
    ends += [lost, lost]
    assert supervise(job(tmp_path, hosts=AB), restarts=0) == 69
    assert supervise(job(tmp_path, hosts=AB, fault_tolerant=True), restarts=0) == 69
    plain, survivors = capsys.readouterr().err.splitlines()
    assert plain == "p2pbo: host b does not answer"
    assert survivors == f"{plain}; --on-failure continue survives ranks, but no hosts"


def test_what_came_of_a_run_stays_whatever_its_hosts_do(ends, network, tmp_path, capsys):
    p2pbo.run(problem="quadratic", steps=1, out=tmp_path / "run.h5")
    ends += ended(0, 3)
    assert [supervise(job(tmp_path, hosts=AB), restarts=3) for _ in range(2)] == [0, 3]
    for host in AB:
        network.up(host.name)
    ends += [*ended(0), ExitStatus(143, signal.SIGTERM, ())]
    assert supervise(Job(4, [], hosts=AB), restarts=0) == 0
    network.down("b")
    assert supervise(job(tmp_path, hosts=AB), restarts=3) == 143
    assert capsys.readouterr().err == ""


def test_restarts_need_a_file_and_hosts_need_ssh(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="--restarts 3 has no file to go on from; add --out"):
        supervise(Job(2, []), restarts=3)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="there is no ssh on PATH"):
        supervise(job(tmp_path, hosts=(Host("a", 4),)), restarts=1)


def test_hosts_are_read():
    assert parse_hosts("a:4,node-2.cluster", 5) == (Host("a", 4), Host("node-2.cluster", 1))


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("a:4,,b", "does not say with ''"),
        ("a:x", "does not say with 'a:x'"),
        ("a:0", "does not say with 'a:0'"),
        ("-oProxyCommand=x:4", "does not say with '-oProxyCommand=x:4'"),
        ("a:1,b:1", "has 2 places for 3 ranks; use -n 2 or more hosts"),
    ],
)
def test_hosts_that_cannot_be_read_are_refused(text, cause):
    with pytest.raises(InputError, match=cause) as raised:
        parse_hosts(text, 3)
    assert str(raised.value).startswith(f"--hosts {text} ")
