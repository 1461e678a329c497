"""Limits of a graph in a file: far beyond what a run can have, and small enough to be checked at once."""

from __future__ import annotations

from collections.abc import Iterable, Sized

from p2pbo.errors import InputError

MOST_NODES = 100_000
MOST_EDGES = 2_000_000
LONGEST_NODE_NAME = 1000
"""The most characters of a node's name."""


def check_size(subject: str, nodes: Sized, edges: Sized) -> None:
    """Refuse a graph of more than ``MOST_NODES`` nodes or ``MOST_EDGES`` edges.

    Raises:
        InputError: it is too large.
    """
    for most, found, what in ((MOST_EDGES, edges, "edges"), (MOST_NODES, nodes, "nodes")):
        if len(found) > most:
            raise InputError(subject, f"has {len(found)} {what}", f"give a graph of {most} or fewer")


def check_names(place: str, names: Iterable[str]) -> None:
    """Refuse names of more than ``LONGEST_NODE_NAME`` characters.

    Raises:
        InputError: a name is longer.
    """
    if (longest := max(map(len, names), default=0)) > LONGEST_NODE_NAME:
        raise InputError(place, f"has a name of {longest} characters", f"use {LONGEST_NODE_NAME} at most")
