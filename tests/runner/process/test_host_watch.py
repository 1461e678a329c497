"""Hosts that vanish are noticed; hosts that are there, or that let nobody in, are left alone."""

import threading
import time

import pytest

from p2pbo.runner.process import host_watch
from p2pbo.runner.process.host_watch import HostWatch
from p2pbo.runner.process.hosts import Host

A, B, LOCAL = Host("a", 2), Host("b", 2), Host("localhost", 1)
PATIENCE = 60


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    monkeypatch.setattr(host_watch, "PAUSE", 0.0)


def stays(watch):
    """Whether a watch has seen no loss after a while."""
    time.sleep(0.5)
    return watch.lost == ()


def test_a_host_that_vanishes_is_lost(network):
    network.up("a")
    network.up("b")
    loss = threading.Event()
    with HostWatch([LOCAL, A, B], loss.set) as watch:
        assert stays(watch)
        network.down("b")
        assert loss.wait(PATIENCE)
        assert watch.lost == (B,)
    assert (watch.lost, watch.reached) == ((B,), {A, B})


def test_a_host_that_never_says_anything_is_lost(network):
    loss = threading.Event()
    with HostWatch([A], loss.set) as watch:
        assert loss.wait(PATIENCE)
        assert watch.lost == (A,)


def test_an_ssh_that_hangs_before_the_host_answers_is_a_loss(network, monkeypatch):
    network.up("a", "exec sleep 100")
    monkeypatch.setattr(host_watch, "LATEST", 0.2)
    loss = threading.Event()
    with HostWatch([A], loss.set) as watch:
        assert loss.wait(PATIENCE)
        assert watch.lost == (A,)


def test_a_host_that_lets_nobody_in_is_none_of_its_business(network):
    network.up("a", "echo 'Permission denied (publickey).' >&2; exit 255")
    with HostWatch([A], pytest.fail) as watch:
        assert stays(watch)


def test_an_ssh_that_ends_while_its_host_is_there_is_opened_again(network, tmp_path):
    """The host keeps its first visitor no longer than it takes to say hello."""
    seen = tmp_path / "seen"
    network.up("a", f"echo x >> {seen}; [ $(wc -l < {seen}) = 1 ] && echo && exit 255")
    loss = threading.Event()
    with HostWatch([A], loss.set) as watch:
        deadline = time.monotonic() + PATIENCE
        while not (seen.exists() and seen.read_text().count("x") == 2) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert stays(watch)
        network.down("a")
        assert loss.wait(PATIENCE)


def test_a_known_host_that_lets_nobody_in_any_more_is_lost(network):
    """It has been started anew, say, and its sshd is not up yet."""
    network.up("a", "[ -e $0.seen ] && exit 255; touch $0.seen; echo; exit 255")
    loss = threading.Event()
    with HostWatch([A], loss.set) as watch:
        assert loss.wait(PATIENCE)
        assert watch.lost == (A,)


def test_without_ssh_nothing_is_seen(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with HostWatch([A], pytest.fail) as watch:
        assert watch.lost == ()
