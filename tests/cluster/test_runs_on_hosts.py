"""Runs on hosts compute what one process does."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from agreement import agree
from cluster import Cluster
from polling import poll

import p2pbo

pytestmark = pytest.mark.cluster

RUN = ["--problem=quadratic", "--algorithm=vrdbo", "--topology=ring", "--nodes=16", "--steps=200", "--quiet"]
PATIENCE = 300
YIELDING = {"OMPI_MCA_mpi_yield_when_idle": "1"}
"""Else Open MPI's ranks wait busily where a host has no fewer cores than ranks; but these hosts share their cores."""


@pytest.fixture(scope="module")
def alone():
    """The trace of the run in one process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "alone.h5"
        command = [sys.executable, "-m", "p2pbo", "run", *RUN, "--out", path]
        subprocess.run(command, check=True, timeout=PATIENCE)
        yield path


@pytest.fixture
def sixteen(place):
    with Cluster(16) as cluster:
        yield cluster


def check_launch(cluster, build, hosts, ranks, alone):
    """Launch the run with so many ranks on each of the first hosts, and compare; nothing is to be left of it."""
    places = ",".join(f"{name}:{ranks}" for name in cluster.names[:hosts])
    out = cluster.home / f"{build.name}.h5"
    launch = [
        build.python,
        "-m",
        "p2pbo",
        "launch",
        "-n",
        hosts * ranks,
        "--hosts",
        places,
        *RUN,
        "--out",
        out,
    ]
    done = cluster.run("n1", launch, env=YIELDING, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    attributes = p2pbo.open_trace(out).attributes
    assert (attributes["hosts"], attributes["ranks"]) == (hosts, hosts * ranks)
    agree(alone, out)
    assert poll(cluster.processes, lambda found: not found) == []


def test_three_hosts_of_two_ranks(cluster, build, alone):
    check_launch(cluster, build, 3, 2, alone)


def test_sixteen_hosts(sixteen, build, alone):
    check_launch(sixteen, build, 16, 1, alone)
