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
from cluster.links import Links
from cluster.requirements import check, check_namespaces, install_packages
from p2pbo.errors import InputError

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)

Rate = Annotated[float | None, typer.Option(help="Bytes in a second that a link carries.")]
Delay = Annotated[float | None, typer.Option(help="Seconds from host to host, one way.")]
Loss = Annotated[float | None, typer.Option(help="Share of the frames that get lost.")]
Shared = Annotated[bool, typer.Option(help="All that a host sends shares one link, its card.")]
HostName = Annotated[str, typer.Argument(metavar="HOST", help="n1, n2, …")]


@app.callback()
def cluster() -> None:
    """Hosts on this machine: namespaces with sshd, a network, and Slurm if wanted. Needs root."""


@app.command()
def possible(
    install: Annotated[bool, typer.Option(help="First install Debian's packages that are missing.")] = False,
) -> None:
    """Say nothing where a cluster with Slurm and links can be made, else why not, with exit code 2."""
    check_namespaces()
    if install:
        install_packages()
    check(slurm=True, links=True)


@app.command()
def up(
    hosts: Annotated[int, typer.Option("-n", help="Hosts beside the login host.")] = 2,
    slurm: Annotated[bool, typer.Option(help="Start Slurm on them.")] = False,
    cores: Annotated[int, typer.Option(help="CPUs of a host, as Slurm counts them.")] = 4,
    rate: Rate = None,
    delay: Delay = None,
    loss: Loss = None,
    shared: Shared = False,
) -> None:
    """Bring a cluster up, and hold it until Ctrl-C, SIGTERM or `down`.

    With a rate, a delay or a loss there is a second network of such links, on which n1 is 10.88.0.1.
    """
    with Cluster(hosts, slurm=slurm, cores=cores, links=links_of(rate, delay, loss, shared)) as made:
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
def shape(rate: Rate = None, delay: Delay = None, loss: Loss = None, shared: Shared = False) -> None:
    """Change the links of a cluster that was brought up with some."""
    _hosts().shape(links_of(rate, delay, loss, shared) or Links())


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


def links_of(rate: float | None, delay: float | None, loss: float | None, shared: bool) -> Links | None:
    """Return the links of the command line; none if it says nothing of them."""
    given = {"rate": rate, "delay": delay, "loss": loss}
    told = {name: value for name, value in given.items() if value is not None}
    return Links(**told, shared=shared) if told or shared else None


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
