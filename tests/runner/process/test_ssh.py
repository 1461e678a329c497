"""Which hosts answer, which refuse, and which are silent."""

import pytest

from p2pbo import InputError
from p2pbo.runner.process.hosts import Host
from p2pbo.runner.process.ssh import check_ssh, missing, reachable

LOCAL, A, B, C = Host("localhost", 1), Host("a", 2), Host("b", 2), Host("c", 2)


def test_a_host_answers_refuses_or_is_silent(network):
    network.up("a")
    network.up("c", "echo 'Permission denied (publickey).' >&2; exit 255")
    assert reachable([LOCAL, A, B, C]) == (LOCAL, A)
    assert missing([LOCAL, A, B, C], ()) == (B,)
    assert missing([LOCAL, A, B, C], {A, C}) == (B, C), "c has let somebody in before"


def test_a_host_that_never_ends_its_answer_is_silent(network, monkeypatch):
    network.up("a", "exec sleep 100")
    monkeypatch.setattr("p2pbo.runner.process.ssh.CONNECT_SECONDS", 0.05)
    assert reachable([A, LOCAL]) == (LOCAL,)
    assert missing([A, LOCAL], ()) == (A,)


def test_without_ssh_nobody_is_asked(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert missing([A], {A}) == ()
    with pytest.raises(InputError, match="there is no ssh on PATH"):
        check_ssh()
