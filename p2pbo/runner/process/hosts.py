"""The machines that ranks are started on, and how many ranks each takes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from p2pbo.errors import InputError


@dataclass(frozen=True)
class Host:
    """A machine, and how many ranks it takes."""

    name: str
    slots: int

    def __str__(self) -> str:
        return f"{self.name}:{self.slots}"

    @property
    def is_local(self) -> bool:
        """Whether this host is the machine that asks."""
        own = os.uname().nodename
        return self.name in {"localhost", "127.0.0.1", own, own.partition(".")[0]}


def parse_hosts(text: str, ranks: int) -> tuple[Host, ...]:
    """Return the hosts that ``a:4,b:4`` lists; one without a number takes one rank.

    Raises:
        InputError: it is no such list, or they do not take ``ranks`` ranks.
    """
    hosts = tuple(_host(text, part) for part in text.split(","))
    if slots(hosts) < ranks:
        raise InputError(
            f"--hosts {text}",
            f"has {slots(hosts)} places for {ranks} ranks",
            f"use -n {slots(hosts)} or more hosts",
        )
    return hosts


def _host(text: str, part: str) -> Host:
    name, _, number = part.partition(":")
    if not name or name.startswith("-") or not (number or "1").isdecimal() or number == "0":
        raise InputError(
            f"--hosts {text}",
            f"does not say with {part!r} how many ranks run where",
            "write HOST:RANKS,HOST:RANKS",
        )
    return Host(name, int(number or 1))


def slots(hosts: Sequence[Host]) -> int:
    """Return how many ranks the hosts take together."""
    return sum(host.slots for host in hosts)
