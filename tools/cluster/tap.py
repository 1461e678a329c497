"""TAP devices: network cards whose frames a process reads and writes."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess

from cluster.links import DEVICE, link_address
from cluster.namespaces import inside
from cluster.requirements import program

_TUNSETIFF, _TUNSETCARRIER = 0x400454CA, 0x400454E2  # of <linux/if_tun.h>
_IFF_TAP, _IFF_NO_PI = 0x0002, 0x1000
_QUEUE = 20_000
"""Frames that wait for a process that is late."""


def mac(number: int) -> bytes:
    """Return the address on the wire of a host's device."""
    return bytes([2, 0, 0, 0, 0x88, number])


def open_tap(pid: int, number: int) -> int:
    """Make the device of host n1, n2, … in the network of the process ``pid``; return a descriptor of its frames.

    The device is there until the descriptor is closed.
    """
    lines = [
        f"link set {DEVICE} address {mac(number).hex(':')} txqueuelen {_QUEUE} addrgenmode none",
        f"addr add {link_address(number)}/24 dev {DEVICE}",
        f"link set {DEVICE} up",
    ]
    with inside(pid, "net"):
        tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.ioctl(tap, _TUNSETIFF, struct.pack("16sH22s", DEVICE.encode(), _IFF_TAP | _IFF_NO_PI, b""))
        subprocess.run([program("ip"), "-batch", "-"], input="\n".join(lines), text=True, check=True)
    return tap


def set_carrier(tap: int, plugged: bool) -> None:
    """Let the device see its cable, or not."""
    fcntl.ioctl(tap, _TUNSETCARRIER, struct.pack("i", plugged))
