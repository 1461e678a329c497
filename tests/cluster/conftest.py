"""What trials on a cluster share: one that is up for all of them, and a check at the end that nothing is left.

``make cluster-test`` runs them. A trial asks for ``cluster``: four hosts with Slurm and four CPUs each. What it kills
or unplugs is mended after it; a process that it leaves there is an error. Each worker has a cluster of its own.
"""

import signal
import socket
import tempfile
from pathlib import Path

import pytest
from cluster import Cluster
from cluster.leftovers import leftovers
from polling import poll

HOSTS = 4
PATIENCE = 60
"""Seconds for what a trial has ended to be gone."""

trials = []
"""Name, outcome and seconds of each trial."""
left = []
"""What is left after the last one."""


@pytest.fixture(scope="session", autouse=True)
def place():
    """A folder for all clusters of these trials, so that what they leave is known from that of others."""
    interfaces = set(socket.if_nameindex())
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="p2pbo-trials-") as folder:
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", None)
        yield Path(folder)
        left.extend(leftovers(Path(folder)))
        left.extend(f"interface {name}" for _, name in set(socket.if_nameindex()) - interfaces)


@pytest.fixture(scope="session")
def shared_cluster(place):
    with Cluster(HOSTS, slurm=True) as cluster:
        yield cluster


@pytest.fixture
def cluster(shared_cluster):
    """The cluster that all trials share, whole again."""
    yield shared_cluster
    shared_cluster.run("login", ["scancel", "--user", "user"], timeout=PATIENCE)
    remaining = poll(shared_cluster.processes, lambda found: not found)
    for process in remaining:
        shared_cluster.run(process.host, ["kill", "-9", "-1"], timeout=PATIENCE)
    for host in shared_cluster.names:
        shared_cluster.plug(host) if shared_cluster.is_up(host) else shared_cluster.boot(host)
    states = poll(lambda: node_states(shared_cluster), lambda found: found == {"idle"}, 120)
    assert not remaining
    assert states == {"idle"}


def node_states(cluster):
    """The states of Slurm's nodes."""
    return {*cluster.run("login", ["sinfo", "-h", "-o", "%T"], timeout=PATIENCE).stdout.split()}


def pytest_configure(config):
    """Let SIGTERM end the trials as Ctrl-C does, and take their clusters down."""
    if config.option.markexpr == "cluster":
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_runtest_logreport(report):
    if report.nodeid.startswith("tests/cluster/") and (report.when == "call" or report.outcome != "passed"):
        trials.append((report.nodeid.removeprefix("tests/cluster/"), report.outcome, report.duration))


def pytest_sessionfinish(session):
    """Fail if anything is left; a worker tells it, and the session that has started the workers counts it."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left"] = left
    elif left:
        session.exitstatus = 1


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    left.extend(getattr(node, "workeroutput", {}).get("left", ["what a worker has left that broke down"]))


def pytest_terminal_summary(terminalreporter):
    if trials:
        terminalreporter.section("trials on a cluster")
        for name, outcome, seconds in sorted(trials):
            terminalreporter.write_line(f"{seconds:6.1f} s  {outcome:8} {name}")
        for line in left or ["nothing"]:
            terminalreporter.write_line(f"left behind: {line}")
