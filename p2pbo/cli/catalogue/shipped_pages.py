"""The pages of what is no registered entry: topologies and runs that come with p2pbo, and single-node methods."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from p2pbo.cli.catalogue.docstring_paragraphs import paragraphs
from p2pbo.cli.catalogue.entry_page import prose
from p2pbo.config.sources import from_file
from p2pbo.config.sweep import TABLE
from p2pbo.method_names import SINGLE_NODE_METHODS
from p2pbo.shipped import shipped_runs, shipped_topologies
from p2pbo.topology import build, spectral_report
from p2pbo.topology.stored_weights import describe_weights

Page = Iterator[RenderableType]


def other_pages() -> dict[str, Callable[[str], Page]]:
    """Return what makes the page of a name, by name."""
    return {
        **dict.fromkeys(shipped_topologies(), topology_page),
        **dict.fromkeys(shipped_runs(), run_page),
        **dict.fromkeys(SINGLE_NODE_METHODS, single_node_page),
    }


def topology_page(name: str) -> Page:
    """Yield the page of a topology that comes with p2pbo: its size and its spectral gap."""
    report = spectral_report(build(name))
    yield Text(f"{name}: a topology of {report.nodes} nodes that comes with p2pbo", style="bold")
    yield Text(
        f"{report.edges} edges, {report.degree_min} to {report.degree_max} neighbours of a node; spectral gap "
        f"{report.gap:.4g} with {describe_weights(report.weights)}."
    )
    yield from _commands(f"p2pbo topology {name}", f"p2pbo run --topology {name}")


def run_page(name: str) -> Page:
    """Yield the page of a run that comes with p2pbo: what its file says of it, and how to start it."""
    path = shipped_runs()[name]
    commands_apart = re.sub(r"^( +.*)$", r"\n\1\n", opening_comment(path), flags=re.MULTILINE)
    first, *others = paragraphs(commands_apart)
    yield Text(f"{name}: {' '.join(first.split())}", style="bold")
    for paragraph in others:
        yield Padding(prose(paragraph), (1, 0, 0, 0))
    yield from _commands(f"p2pbo {'sweep' if TABLE in from_file(path) else 'run'} {name}")


def run_summary(name: str) -> str:
    """Return the first sentence or line of a shipped run's file."""
    return " ".join(paragraphs(opening_comment(shipped_runs()[name]))[0].split())


def single_node_page(name: str) -> Page:
    """Yield the page of a single-node method: which method it is here, and how to run it."""
    method = SINGLE_NODE_METHODS[name]
    yield Text(f"{method.summary}.", style="bold")
    yield from _commands(f"p2pbo run {method.flags}", f"p2pbo list {method.algorithm}")


def opening_comment(path: Path) -> str:
    """Return the comment at the top of a file, without its marks."""
    lines = takewhile(lambda line: line.startswith("#"), path.read_text().splitlines())
    return "\n".join(re.sub("^# ?", "", line) for line in lines)


def _commands(*commands: str) -> Page:
    """Yield commands between empty lines, each on one line whatever the width, to be copied."""
    lines = "".join(f"  {command}\n" for command in commands)
    yield Group(Text(f"\n{lines}", no_wrap=True, overflow="ignore"))
