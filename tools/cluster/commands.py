"""The commands of `python tools/cluster`."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from cluster.cluster import Cluster
from cluster.folder import folders, is_held, remove_left_behind
from cluster.hosts import Hosts
from p2pbo.errors import InputError

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)

HostName = Annotated[str, typer.Argument(metavar="HOST", help="n1, n2, …")]


@app.callback()
def cluster() -> None:
    """Hosts on this machine: namespaces with sshd, a network, and Slurm if wanted. Needs root."""


@app.command()
def up(
    hosts: Annotated[int, typer.Option("-n", help="Hosts beside the login host.")] = 2,
    slurm: Annotated[bool, typer.Option(help="Start Slurm on them.")] = False,
    cores: Annotated[int, typer.Option(help="CPUs of a host, as Slurm counts them.")] = 4,
) -> None:
    """Bring a cluster up, and hold it until Ctrl-C, SIGTERM or `down`."""
    with Cluster(hosts, slurm=slurm, cores=cores) as made:
        print(
            f"{' '.join(('login', *made.names))} are up, files in {made.folder}; Ctrl-C takes them down",
            flush=True,
        )
        while True:
            signal.pause()


@app.command("exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def execute(host: HostName, command: list[str]) -> None:
    """Run a command on a host as the user; 'login' is a host, too."""
    process = _hosts().start(host, command, stdin=None, stdout=None, stderr=None, start_new_session=False)
    raise typer.Exit(_exit_code(process.wait()))


@app.command()
def kill(host: HostName) -> None:
    """End a host at once."""
    _hosts().kill(host)


@app.command()
def unplug(host: HostName) -> None:
    """Pull the cable of a host."""
    _hosts().unplug(host)


@app.command()
def plug(host: HostName) -> None:
    """Put the cable of a host in again."""
    _hosts().plug(host)


@app.command()
def boot(host: HostName) -> None:
    """Start a host that was killed."""
    _hosts().boot(host)


@app.command()
def down() -> None:
    """Take the cluster down, and remove what one that was killed has left."""
    if living := _living():
        folder = _only(living)
        os.kill(json.loads((folder / "hosts.json").read_text())["holder"], signal.SIGTERM)
        while folder.exists() and is_held(folder):
            time.sleep(0.1)
    for left in remove_left_behind():
        print(f"removed {left}")


def _hosts() -> Hosts:
    """Return the hosts of the cluster that is up."""
    living = _living()
    if not living:
        raise InputError("no cluster", "is up", "python tools/cluster up -n 3")
    return Hosts.of(_only(living))


def _living() -> list[Path]:
    return [folder for folder in folders() if is_held(folder) and (folder / "hosts.json").exists()]


def _only(living: list[Path]) -> Path:
    if len(living) > 1:
        listing = " ".join(map(str, living))
        raise InputError(f"{len(living)} clusters", f"are up: {listing}", "give each a TMPDIR of its own")
    return living[0]


def _exit_code(code: int) -> int:
    return code if code >= 0 else 128 - code


def main() -> None:
    """Run a command; what it cannot do is said on one line, with exit code 2."""
    try:
        app()
    except InputError as error:
        print(f"cluster: {error}", file=sys.stderr)
        sys.exit(2)
