"""A cluster leaves nothing behind, however it ends."""

import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from background import background
from cluster import Cluster
from cluster.leftovers import leftovers
from polling import poll

pytestmark = pytest.mark.cluster

TOOL = Path(__file__).parents[2] / "tools" / "cluster"


@pytest.fixture
def own_place(place, monkeypatch):
    """A folder for the clusters of one trial, apart from the one that all share."""
    with tempfile.TemporaryDirectory(dir=place) as folder:
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr(tempfile, "tempdir", None)
        yield Path(folder)


@contextmanager
def held(*options):
    """``python tools/cluster up``, when it says that all are up; it is killed at the end at the latest."""
    command = [sys.executable, TOOL, "up", "-n", "2", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as up:
        try:
            assert up.stdout.readline().startswith("login n1 n2 are up")
            yield up
        finally:
            up.kill()


def tool(*arguments):
    return subprocess.run(
        [sys.executable, TOOL, *arguments], capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_by_one_that_is_asked_to_end(own_place, number):
    with held("--slurm", "--delay", "0.001") as up:
        assert tool("exec", "n1", "sh", "-c", "sleep 600 > /dev/null 2>&1 &").returncode == 0
        up.send_signal(number)
        up.wait(60)
    assert leftovers(own_place) == []


def test_nothing_is_left_by_one_that_is_asked_to_end_while_a_daemon_starts(own_place):
    script = """
import os, signal, threading
from cluster import cluster
from cluster.namespaces import run_in

def start_slowly(init, log):
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()
    run_in(init, ["sleep", "1"])

cluster.start_sshd = start_slowly
with cluster.Cluster(1):
    pass
"""
    ended = subprocess.run([sys.executable, "-c", script], cwd=TOOL.parent, timeout=60, check=False)
    assert ended.returncode == 128 + signal.SIGTERM
    assert leftovers(own_place) == []


def test_one_that_is_killed_leaves_a_folder_that_down_removes(own_place):
    with held("--slurm", "--delay", "0.001") as up:
        assert tool("exec", "n1", "sh", "-c", "sleep 600 > /dev/null 2>&1 &").returncode == 0
        (folder,) = own_place.iterdir()
        up.kill()
        up.wait(60)
    assert poll(lambda: leftovers(own_place), lambda left: left == [f"folder {folder}"]) == [
        f"folder {folder}"
    ]
    assert tool("exec", "n1", "true").stderr == "cluster: no cluster is up; python tools/cluster up -n 3\n"
    assert tool("down").stdout == f"removed {folder}\n"
    assert leftovers(own_place) == []


def test_the_next_one_removes_what_a_killed_one_has_left(own_place):
    with held() as up:
        up.kill()
        up.wait(60)
    assert len(list(own_place.iterdir())) == 1
    with Cluster(1) as cluster:
        assert list(own_place.iterdir()) == [cluster.folder]


def test_down_takes_down_what_another_shell_holds(own_place):
    with held() as up:
        assert tool("exec", "n2", "hostname").stdout == "n2\n"
        assert tool("exec", "n2", "sh", "-c", "exit 3").returncode == 3
        for command in ("unplug", "plug", "kill"):
            assert tool(command, "n2").returncode == 0
        dead = tool("exec", "n2", "true")
        assert (dead.returncode, dead.stderr) == (2, "cluster: host n2 is down; boot it first\n")
        assert tool("boot", "n2").returncode == 0
        assert tool("exec", "n1", "ssh", "n2", "hostname").stdout == "n2\n"
        assert tool("down").returncode == 0
        up.wait(60)
    assert leftovers(own_place) == []


def test_nothing_is_left_where_a_block_or_a_start_fails(own_place, monkeypatch):
    with pytest.raises(ZeroDivisionError), Cluster(1) as cluster:
        cluster.start("n1", ["sleep", "600"])
        raise ZeroDivisionError
    assert leftovers(own_place) == []
    monkeypatch.setattr("cluster.hosts.start_sshd", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError), Cluster(2):
        pass
    assert leftovers(own_place) == []


def test_two_at_a_time_do_not_see_each_other(own_place):
    with Cluster(2) as one, Cluster(1) as other:
        assert {cluster.folder for cluster in (one, other)} == set(own_place.iterdir())
        reached = other.run("n1", ["timeout", "2", "bash", "-c", "exec 3<>/dev/tcp/10.77.0.2/22"], timeout=60)
        assert reached.returncode != 0
        with background(other, "n1", "sleep", "600"):
            one.kill("n1")
            running = poll(other.processes, lambda found: [one.command for one in found] == ["sleep 600"])
            assert [process.host for process in running] == ["n1"]
        assert other.run("login", ["ssh", "n1", "hostname"], timeout=60).stdout == "n1\n"


def test_who_is_not_root_is_refused_on_one_line(cluster):
    refused = cluster.run("n1", [sys.executable, TOOL, "up"], timeout=120)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "cluster: a cluster needs root; run it as root, on a machine of your own\n"
