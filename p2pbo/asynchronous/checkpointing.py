"""What asynchronous nodes know, to checkpoints and back: by node and by directed edge, for any processes to restore.

    steps, incarnation, half          of each node
    told                              ρ of each directed edge, which its source keeps
    heard/v, mass, stamps, …          the newest message over each directed edge, which its target keeps
    drop_turns                        whether the target has dropped it, and in what turn

Iterates, estimates and the points before are kept like those of rounds. A node may be restored from an older checkpoint
than its neighbours: its ledger holds by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.algorithms import State
from p2pbo.asynchronous.hosted_nodes import HostedNodes
from p2pbo.asynchronous.messages import Heard
from p2pbo.asynchronous.node_edges import Integers
from p2pbo.network import CheckpointRows
from p2pbo.network.checkpointing import ReadRows


def node_rows(nodes: HostedNodes) -> list[CheckpointRows]:
    """Return the rows of nodes, beside those of their states."""
    ledgers = [node.ledger for node in nodes.nodes]
    hosted = np.array(nodes.hosted)
    of_nodes = {
        "steps": nodes.steps,
        "incarnation": np.array([ledger.incarnation for ledger in ledgers]),
        "half": np.stack([ledger.half for ledger in ledgers]),
    }
    told, heard = _Edges([own.tells for own in nodes.edges]), _Edges([own.hears for own in nodes.edges])
    of_edges = {"told": (told, told.joined([ledger.told for ledger in ledgers]))}
    of_edges["drop_turns"] = heard, heard.joined([ledger.drop_turns for ledger in ledgers])
    for name in _HEARD:
        of_edges[f"heard/{name}"] = heard, heard.joined([getattr(own.heard, name) for own in ledgers])
    return [
        *(CheckpointRows(name, "node", hosted, rows) for name, rows in of_nodes.items()),
        *(CheckpointRows(name, "edge", edges.index, rows) for name, (edges, rows) in of_edges.items()),
    ]


def restore_nodes(nodes: HostedNodes, state: State, read: ReadRows) -> None:
    """Let nodes go on from the rows of a checkpoint, and from their ``state`` there."""
    hosted = np.array(nodes.hosted)
    steps, incarnations, halves = (read(name, hosted) for name in ("steps", "incarnation", "half"))
    tells, hears = _Edges([own.tells for own in nodes.edges]), _Edges([own.hears for own in nodes.edges])
    told = tells.split(read("told", tells.index))
    turns = hears.split(read("drop_turns", hears.index))
    heard = {name: hears.split(read(f"heard/{name}", hears.index)) for name in _HEARD}
    for place, node in enumerate(nodes.nodes):
        own = state.part(slice(place, place + 1))
        node.state = State(int(steps[place]), own.variables, own.previous)
        ledger = node.ledger
        ledger.incarnation, ledger.half = int(incarnations[place]), halves[place]
        ledger.told, ledger.heard = told[place], Heard(**{name: rows[place] for name, rows in heard.items()})
        ledger.drop_again(turns[place])


_HEARD = tuple(field.name for field in fields(Heard))


class _Edges:
    """Directed edges of several nodes, whose rows lie node by node, or in the order of the edges.

    Attributes:
        index: the edges in their order.
    """

    def __init__(self, of_nodes: Sequence[Integers]) -> None:
        joined = np.concatenate(of_nodes)
        self._order, self._ends = np.argsort(joined), np.cumsum([len(own) for own in of_nodes])[:-1]
        self.index = joined[self._order]

    def joined(self, rows: Sequence[NDArray[Any]]) -> NDArray[Any]:
        """Return the rows of nodes in the order of the edges."""
        return np.concatenate(rows)[self._order]

    def split(self, rows: NDArray[Any]) -> list[NDArray[Any]]:
        """Return the rows of each node, given all in the order of the edges."""
        by_node = np.empty_like(rows)
        by_node[self._order] = rows
        return np.split(by_node, self._ends)
