"""Links have the rate, the delay and the loss that they were given, measured by sockets on the hosts."""

import statistics
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

import echoing
import pytest
from background import background
from cluster import Cluster, Links

pytestmark = pytest.mark.cluster

PROGRAM = Path(echoing.__file__)
HEADERS = 14 + 20 + 8
"""Bytes around a datagram: Ethernet's, IP's, UDP's."""
PAYLOAD = 1448 / 1514
"""Share of TCP's bytes in a full frame, whose headers take 14 + 20 + 32 bytes."""
MS = 1e-3


@pytest.fixture(scope="module")
def three_linked(place):
    with Cluster(3, links=Links()) as cluster:
        yield cluster


@pytest.fixture
def linked(three_linked):
    """Three hosts with links, all of them plugged in again afterwards."""
    yield three_linked
    for host in three_linked.names:
        three_linked.plug(host)


def python(cluster, host, *arguments):
    return cluster.run(host, [sys.executable, "-I", PROGRAM, *arguments], timeout=120)


@contextmanager
def serving(cluster, what, *hosts):
    """A server on each host, which is ready."""
    with ExitStack() as stack:
        servers = []
        for host in hosts:
            command = [sys.executable, "-I", PROGRAM, what, f"10.88.0.{host[1:]}"]
            servers.append(stack.enter_context(background(cluster, host, *command)))
        for server in servers:
            assert server.stdout.readline() == "ready\n", server.stderr.read()
        yield servers


def round_trips(cluster, count):
    with serving(cluster, "answer", "n2"):
        python(
            cluster, "n1", "ping", "10.88.0.2", 2
        )  # after which they know each other's address on the wire
        return [float(line) for line in python(cluster, "n1", "ping", "10.88.0.2", count).stdout.split()]


@pytest.mark.parametrize("delay", [0.01, 0.05])
def test_a_round_trip_takes_twice_the_delay_and_the_time_to_send(linked, delay):
    linked.shape(Links(rate=1.25e6, delay=delay))
    expected = 2 * (delay + (HEADERS + 56) / 1.25e6)
    found = round_trips(linked, 40)
    assert len(found) == 40
    assert min(found) >= expected
    assert min(found) < expected + 2 * MS
    # a machine with other work delays some of the rest
    assert statistics.quantiles(found, n=4)[0] < expected + 10 * MS


@pytest.mark.parametrize("rate", [1.25e6, 1.25e7])
def test_a_stream_has_the_rate(linked, rate):
    linked.shape(Links(rate=rate, delay=0.001))
    with serving(linked, "sink", "n2") as (sink,):
        python(linked, "n1", "stream", "10.88.0.2", int(3 * rate))
        found = float(sink.stdout.readline())
    assert 0.9 * PAYLOAD * rate < found < 1.02 * PAYLOAD * rate


@pytest.mark.parametrize("shared", [False, True], ids=["a link per pair", "a card per host"])
def test_two_streams_share_a_card_and_no_link(linked, shared):
    rate = 1.25e6
    linked.shape(Links(rate=rate, delay=0.001, shared=shared))
    with serving(linked, "sink", "n2", "n3") as sinks:
        command = [sys.executable, "-I", PROGRAM, "stream"]
        with (
            background(linked, "n1", *command, "10.88.0.2", int(4 * rate)) as one,
            background(linked, "n1", *command, "10.88.0.3", int(4 * rate)) as other,
        ):
            assert (one.wait(120), other.wait(120)) == (0, 0)
        found = [float(sink.stdout.readline()) for sink in sinks]
    total = 2 * 4 * rate / max(4 * rate / speed for speed in found)
    assert 0.85 < total / (PAYLOAD * rate * (1 if shared else 2)) < 1.05


def test_frames_get_lost(linked):
    linked.shape(Links(loss=0.3))
    assert 0.3 < len(round_trips(linked, 200)) / 200 < 0.7, "there and back: 0.49"


def test_links_of_a_host_that_comes_back_and_is_unplugged(linked):
    linked.shape(Links(delay=0.01))
    linked.kill("n2")
    linked.boot("n2")
    assert len(round_trips(linked, 3)) == 3
    linked.unplug("n2")
    assert round_trips(linked, 1) == []
    linked.plug("n2")
    assert len(round_trips(linked, 3)) == 3
