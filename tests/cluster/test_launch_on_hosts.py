"""Ranks that ``p2pbo launch`` starts on hosts, and hosts that vanish from under them."""

import os
import signal

import pytest
from launches import ENDLESS, launched
from polling import poll

from p2pbo import open_trace
from p2pbo.runner.process.exit_codes import INTERRUPTED

pytestmark = pytest.mark.cluster

SPREAD = ("-n", "6", "--hosts", "n1:2,n2:2,n3:2", *ENDLESS, "--topology=ring", "--stall-timeout=300")
RESTARTS = ("--checkpoint-every=1s", "--restarts=3")
LOST = "host n3 does not answer"
SOON = 60
"""Seconds for the loss of a host to be noticed, on a busy machine; it takes 25 on a quiet one."""


def all_has_ended(cluster, but="n3"):
    """Whether what was started has ended, on all hosts but one; what keeps an ssh open is none of it."""

    def left():
        started = (
            process for process in cluster.processes() if not process.command.startswith(("sshd", "cat"))
        )
        return [process for process in started if process.host != but]

    return not poll(left, lambda found: not found)


def test_ranks_fill_the_hosts_by_their_places(cluster, build):
    with launched(cluster, build, "-n", "5", "--hosts", "n1:1,n2:3,n3:2", *ENDLESS) as launch:
        assert launch.begins()
        assert launch.places() == ["n1", "n2", "n2", "n2", "n3"]
        launch.stop()
        attributes = open_trace(launch.trace).attributes
        assert (attributes["ranks"], attributes["hosts"]) == (5, 3)


def test_ranks_fill_an_allocation_of_slurm(cluster, build):
    allocation = ("salloc", "--quiet", "--nodes=2", "--ntasks-per-node=2")
    with launched(cluster, build, "-n", "4", *ENDLESS, within=allocation) as launch:
        assert launch.begins()
        assert launch.places() == ["n1", "n1", "n2", "n2"]


def check_restart(cluster, launch, lose):
    """The loss of a host is told, and a restart goes on with the others."""
    assert launch.keeps_state()
    lose("n3")
    assert launch.says(LOST, SOON)
    assert launch.says(
        "the ranks ended with exit code 69; restart 1 of 3 on 4 of 6 ranks, without n3, from step"
    )
    assert launch.keeps_state()
    assert [host for host in launch.places() if host != "n3"] == ["n1", "n1", "n2", "n2"]
    launch.stop()
    assert all_has_ended(cluster)


def test_a_restart_goes_on_without_a_killed_host(cluster, build):
    with launched(cluster, build, *SPREAD, *RESTARTS) as launch:
        check_restart(cluster, launch, cluster.kill)


def test_a_restart_goes_on_without_a_host_whose_cable_is_pulled(cluster, build):
    with launched(cluster, build, *SPREAD, *RESTARTS, "--stall-timeout=20") as launch:
        check_restart(cluster, launch, cluster.unplug)
    assert all_has_ended(cluster, but=None), "ranks that are cut off end by themselves"
    cluster.kill("n3")


def test_a_host_that_is_gone_at_the_start_is_named(cluster, build):
    cluster.unplug("n3")
    with launched(cluster, build, *SPREAD) as launch:
        assert launch.end(SOON) == 69
        assert f"p2pbo: {LOST}" in launch.said()
    assert all_has_ended(cluster)


def test_a_second_sigterm_ends_what_waits_for_a_host_that_is_gone(cluster, build):
    with launched(cluster, build, *SPREAD, "--stall-timeout=2") as launch:
        assert launch.begins()
        cluster.unplug("n3")
        assert launch.says("rank 0 ")
        launch.process.send_signal(signal.SIGTERM)
        assert not poll(launch.has_ended, seconds=1)  # the ranks are to finish their step
        launch.process.send_signal(signal.SIGTERM)
        assert launch.end(20) != 0
    assert all_has_ended(cluster)
    cluster.kill("n3")


@pytest.fixture
def openmpi(build):
    """The build whose runs survive ranks."""
    if build.name != "openmpi":
        pytest.skip("only Open MPI tells who has died")
    return build


def test_survivors_go_on_when_a_rank_on_another_host_dies(cluster, openmpi):
    with launched(cluster, openmpi, *SPREAD, "--on-failure=continue") as launch:
        assert launch.begins()
        os.kill(launch.ranks()[5].pid, signal.SIGKILL)
        assert launch.says("warning: rank 5 with node 5 died")
        assert launch.logs_rows()
        assert launch.places() == ["n1", "n1", "n2", "n2", "n3"]
        launch.process.send_signal(signal.SIGTERM)
        assert launch.end() == INTERRUPTED, "it keeps no state"


def test_survivors_do_not_survive_a_host_and_say_so(cluster, openmpi):
    with launched(cluster, openmpi, *SPREAD, "--on-failure=continue") as launch:
        assert launch.begins()
        cluster.kill("n3")
        assert launch.end(SOON) == 69
        assert launch.said()[-1] == f"p2pbo: {LOST}; --on-failure continue survives ranks, but no hosts"
    assert all_has_ended(cluster)
