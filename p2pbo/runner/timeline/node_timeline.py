"""The timeline of simulated nodes, in modelled time: each is a process, with its steps and its messages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from p2pbo.network import Ranks
from p2pbo.runner.timeline.part import Names, Row, process_names, thread_name
from p2pbo.runner.timeline.written_timeline import WrittenTimeline
from p2pbo.topology import Topology

LABEL = "modelled time"


class NodeTimeline(WrittenTimeline):
    """What the nodes of a simulation do: a row of steps, and one of messages to each neighbour.

    Args:
        path: of the file, which is replaced; its name has been checked.
        ranks: of the run: one process.
        topology: of the nodes.

    Raises:
        InputError: the file cannot be written.
    """

    def __init__(self, path: Path, ranks: Ranks, topology: Topology) -> None:
        self._steps = [Row(node) for node in range(topology.nodes)]
        self._messages = _message_rows(topology)
        super().__init__(path, ranks, _names(topology, self._messages))
        self.on_computed, self.on_sent = self._computed, self._sent

    def _computed(self, node: int, step: int, begin: float, end: float) -> None:
        self._add(self._steps[node], "compute", "compute", begin, end, b'"step":%d' % step)

    def _sent(self, edge: int, size: int, sent: float, arrives: float) -> None:
        self._add(self._messages[edge], "message", "message", sent, arrives, b'"bytes":%d' % size)


def _message_rows(topology: Topology) -> list[Row]:
    """Return the row of each directed edge, below the steps of its source."""
    rows: dict[int, Row] = {}
    for node in range(topology.nodes):
        for place, edge in enumerate(np.flatnonzero(topology.source == node).tolist()):
            rows[edge] = Row(node, 2 + place)
    return [rows[edge] for edge in range(len(topology.source))]


def _names(topology: Topology, messages: list[Row]) -> Names:
    called = [f"node {topology.edges.display_name(node)}" for node in range(topology.nodes)]
    names: dict[Row, Mapping[str, Mapping[str, Any]]] = {}
    for node, name in enumerate(called):
        names |= process_names(node, name, LABEL)
    for row, target in zip(messages, topology.target.tolist(), strict=True):
        names[row] = thread_name(f"to {called[target]}")
    return names
