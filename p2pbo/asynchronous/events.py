"""The events that are to come in a simulation: a node has computed, or a message arrives.

In checkpoints, where a node has one event at most, and an edge one message on its way (time NaN: none):

    ready/time, order                                   of each node
    on_way/time, order, copy, stamp, sent_at, echo      of each directed edge
    on_way/v, mass                                      (edges, D)
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from heapq import heappop, heappush
from itertools import count
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from p2pbo.asynchronous.messages import Message
from p2pbo.asynchronous.node_edges import Integers
from p2pbo.network import CheckpointRows
from p2pbo.network.checkpointing import ReadRows

READY = {"time": float, "order": int}
ON_WAY = {**READY, "copy": int, "stamp": int, "sent_at": float, "echo": int}
"""What checkpoints have of events, beside the rows of messages."""


class Event(NamedTuple):
    """What is to happen at a node.

    Attributes:
        time, order: when; of the same time what was planned first.
        node: where.
        edge, copy, message: which copy of a message arrives over which edge; None: the node has computed.
    """

    time: float
    order: int
    node: int
    edge: int = -1
    copy: int = 0
    message: Message | None = None


class Events:
    """All events that are to come."""

    def __init__(self) -> None:
        self._order = count()
        self._events: list[Event] = []

    def plan(
        self, time: float, node: int, edge: int = -1, copy: int = 0, message: Message | None = None
    ) -> None:
        """Add an event."""
        heappush(self._events, Event(time, next(self._order), node, edge, copy, message))

    def next(self) -> Event:
        """Return the next event, and remove it."""
        return heappop(self._events)

    def checkpoint_rows(
        self, nodes: int, edges: int, width: int, dtype: np.dtype[Any]
    ) -> list[CheckpointRows]:
        """Return the rows of all events of so many nodes and directed edges, with messages of D = ``width`` entries."""
        ready, on_way = _blank(nodes, READY), _blank(edges, ON_WAY)
        on_way |= {"v": np.zeros((edges, width), dtype), "mass": np.zeros((edges, width))}
        for order, event in enumerate(sorted(self._events)):
            planned = {"time": event.time, "order": order}
            if event.message is None:
                _put(ready, event.node, planned)
            else:
                _put(on_way, event.edge, {**planned, "copy": event.copy, **event.message._asdict()})
        of_nodes = [
            CheckpointRows(f"ready/{name}", "node", np.arange(nodes), rows) for name, rows in ready.items()
        ]
        of_edges = [
            CheckpointRows(f"on_way/{name}", "edge", np.arange(edges), rows) for name, rows in on_way.items()
        ]
        return of_nodes + of_edges

    def restore(self, nodes: int, targets: Integers, read: ReadRows) -> None:
        """Replace all events by those of a checkpoint; ``targets`` are the nodes at which directed edges end."""
        ready = {name: read(f"ready/{name}", np.arange(nodes)) for name in READY}
        on_way = {name: read(f"on_way/{name}", np.arange(len(targets))) for name in (*ON_WAY, "v", "mass")}
        events = [Event(node=node, **values) for node, values in _planned(ready)]
        for edge, values in _planned(on_way):
            message = Message(**{name: values.pop(name) for name in Message._fields})
            events.append(Event(node=int(targets[edge]), edge=edge, message=message, **values))
        self._events, self._order = sorted(events), count(len(events))


def _blank(places: int, kinds: Mapping[str, type]) -> dict[str, NDArray[Any]]:
    """Return room for what is kept of events, none of which is planned."""
    blank: dict[str, NDArray[Any]] = {name: np.zeros(places, kind) for name, kind in kinds.items()}
    blank["time"][:] = math.nan
    return blank


def _put(rows: dict[str, NDArray[Any]], place: int, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        rows[name][place] = value


def _planned(rows: dict[str, NDArray[Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the place of each event that is planned, and what is kept of it."""
    for place in np.flatnonzero(~np.isnan(rows["time"])).tolist():
        yield place, {name: of[place].item() if of.ndim == 1 else of[place] for name, of in rows.items()}
