"""The network between hosts: a bridge on the login host, and a cable from it to each of the others."""

from __future__ import annotations

import subprocess

from cluster.requirements import program
from p2pbo.errors import InputError

LOGIN = "login"


def number(name: str) -> int:
    """Return the last part of a host's addresses."""
    return 254 if name == LOGIN else int(name.removeprefix("n"))


def address(name: str) -> str:
    """Return the address of a host: 10.77.0.I of nI, 10.77.0.254 of the login host."""
    return f"10.77.0.{number(name)}"


def lay_bridge(login: int) -> None:
    """Make the bridge; ``login`` is the login host's init."""
    add = f"link add br0 address {_mac(LOGIN)} type bridge"
    _ip(login, add, f"addr add {address(LOGIN)}/24 dev br0", "link set br0 up")


def lay_cable(login: int, name: str, host: int) -> None:
    """Lay the cable of the host ``name``, whose init is ``host``; that of an earlier one of this name goes."""
    end = _end(name)
    subprocess.run(_inside(login, "link", "del", end), stderr=subprocess.DEVNULL, check=False)
    _ip(
        login,
        f"link add {end} type veth peer name eth0 address {_mac(name)} netns {host}",
        f"link set {end} master br0 up",
    )
    _ip(
        host,
        f"addr add {address(name)}/24 dev eth0",
        "link set eth0 up",
        f"route add default via {address(LOGIN)}",
    )


def set_plugged(login: int, name: str, plugged: bool) -> None:
    """Put the cable of the host ``name`` in, or pull it."""
    _ip(login, f"link set {_end(name)} {'up' if plugged else 'down'}")


def _mac(name: str) -> str:
    """Return a host's address on the wire: always the same, because others remember it for a minute."""
    return f"02:00:0a:4d:00:{number(name):02x}"


def _end(name: str) -> str:
    return f"to-{name}"


def _ip(pid: int, *lines: str) -> None:
    """Run lines of ``ip`` in the network of the process ``pid``; processes that they name are this machine's."""
    text = "".join(f"{line}\n" for line in lines)
    done = subprocess.run(
        _inside(pid, "-batch", "-"), input=text, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise InputError(
            "ip", f"refuses {'; '.join(lines)}: {' '.join(done.stderr.split())}", "see tools/cluster"
        )


def _inside(pid: int, *arguments: str) -> list[str]:
    return ["nsenter", f"--target={pid}", "--net", "--", program("ip"), *arguments]
