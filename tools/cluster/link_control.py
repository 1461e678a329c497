"""What others tell the process that carries the frames of links."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cluster.links import Links
from cluster.namespaces import inside
from p2pbo.errors import InputError


def start_carrier(folder: Path, login: int, links: Links) -> subprocess.Popen[str]:
    """Start the process, which sees this machine but ends with the login host, whose init is ``login``."""
    command = [sys.executable, "-m", "cluster.carrier", f"{_socket(folder)}"]
    with (folder / "log" / "links.log").open("w") as log, inside(login, "pid"):
        process = subprocess.Popen(
            command,
            cwd=Path(__file__).parents[1],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    assert process.stdout is not None
    process.stdout.readline()
    shape(folder, links)
    return process


def attach(folder: Path, number: int, pid: int) -> None:
    """Lead links to host n1, n2, …, whose init is ``pid``."""
    _ask(folder, "attach", number=number, pid=pid)


def set_plugged(folder: Path, number: int, plugged: bool) -> None:
    """Put the cable of a host to the links in, or pull it."""
    _ask(folder, "plug", number=number, plugged=plugged)


def shape(folder: Path, links: Links) -> None:
    """Change the links for what is sent from now on."""
    _ask(folder, "shape", **asdict(links))


def _ask(folder: Path, method: str, **arguments: Any) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(f"{_socket(folder)}")
        except OSError as error:
            raise InputError(
                "the cluster", f"has no links: {error.strerror}", "bring it up with --rate"
            ) from None
        with connection.makefile("rw") as line:
            line.write(f"{json.dumps([method, arguments])}\n")
            line.flush()
            if wrong := line.readline().strip():
                raise InputError(f"links cannot {method}", wrong, f"see {folder}/log/links.log")


def _socket(folder: Path) -> Path:
    return folder / "links.socket"
