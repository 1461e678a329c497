"""What a run says of silent neighbours: whose edges are dropped, and at the end who has been missed in vain."""

from __future__ import annotations

import warnings

import numpy as np

from p2pbo.asynchronous.ledger import TOLD
from p2pbo.errors import Notice
from p2pbo.runner.assembly import Assembly
from p2pbo.runner.asynchronous.metrics import RunningNodes

NOTICEABLE_STEPS = 20
"""The steps that a node must have taken before its neighbours' silence counts: a short run has just begun."""


class SilenceReporter:
    """Gives a Notice of each edge that nodes of this process drop, once, by the end that has noticed.

    Args:
        assembly: of the run.
        running: the hosted nodes.
        noticeable: seconds of silence below which the end of a run says nothing.
    """

    def __init__(self, assembly: Assembly, running: RunningNodes, noticeable: float = 0.0) -> None:
        self._topology, self._silent_after = assembly.topology, assembly.description.silent_after
        self._running, self._nodes, self._noticeable = running, running.nodes, noticeable
        self._reported = {node: len(running.nodes[node].ledger.dropped) for node in running.nodes.hosted}

    def report_drops(self) -> None:
        """Name the edges that have been dropped since the last call."""
        for node in self._nodes.hosted:
            dropped = self._nodes[node].ledger.dropped
            for place, cause in dropped[self._reported[node] :]:
                if cause != TOLD:
                    pair = f"{self._name(node)} drops its edge with {self._neighbour(node, place)}"
                    warnings.warn(f"{pair}, {cause} for {self._silent_after}", Notice, stacklevel=2)
            self._reported[node] = len(dropped)

    def report_silences(self) -> None:
        """Name the worst of the edges over which nothing has come for more than half of the run."""
        now = self._running.now
        silences = self._silences(now)
        if self._silent_after is not None or not silences:
            return
        seconds, node, place = max(silences)
        others = f" (one of {len(silences)} such edges)" if len(silences) > 1 else ""
        silent = f"nothing of {self._neighbour(node, place)} for {seconds:.3g} of {now:.3g} s{others}"
        remedy = "what it was told before may have led it astray: --silent-after drops such edges"
        warnings.warn(f"{self._name(node)} has heard {silent}; {remedy}", Notice, stacklevel=2)

    def _silences(self, now: float) -> list[tuple[float, int, int]]:
        """Return (seconds, node, place) of each edge that has been silent for more than half of the run."""
        found = []
        for node, living in zip(self._nodes.hosted, self._running.living.tolist(), strict=True):
            own = self._nodes[node]
            silences = now - own.ledger.heard.arrived
            if living and own.state.step >= NOTICEABLE_STEPS:
                silent = np.flatnonzero(silences > max(now / 2, self._noticeable)).tolist()
                found += [(float(silences[place]), node, place) for place in silent]
        return found

    def _neighbour(self, node: int, place: int) -> str:
        return self._name(int(self._topology.source[self._nodes.hears(node)[place]]))

    def _name(self, node: int) -> str:
        return f"node {self._topology.edges.display_name(node)}"
