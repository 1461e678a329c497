"""An exact round: one fused message per pair of ranks, rows as they are, and one product with W.

Planned at construction: a stack of rows (hosted nodes first, ghosts behind) as wide as all variables together, one
receive straight into each peer's ghost rows, one send straight from the hosted rows.
In the loop: copy the variables in, start, and when the rows are wanted wait and multiply by W once.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.network.messages import Messages
from p2pbo.network.mixing import Mixer, Rows
from p2pbo.network.plan import Peer, Plan

if TYPE_CHECKING:
    from mpi4py import MPI


class Exchange:
    """A round for variables of fixed widths: ``post`` them, and ``wait`` for (W V for each V)."""

    def __init__(
        self,
        plan: Plan,
        widths: tuple[int, ...],
        dtype: np.dtype[Any],
        comm: MPI.Intracomm | None = None,
        tag: int = 0,
        crowded: bool = False,
    ) -> None:
        # fixed per run
        ends = np.cumsum(widths)
        self._columns = [(slice(None), slice(int(a), int(b))) for a, b in pairwise([0, *ends])]
        self._mix = Mixer(plan.mixing.astype(dtype), int(ends[-1]))
        row_bytes = int(ends[-1]) * dtype.itemsize
        self.edge_bytes = row_bytes  # of every directed edge
        self.crossed_bytes = row_bytes * sum(len(peer.rows) for peer in plan.peers)
        # per round
        self._stack = np.zeros((plan.rows, int(ends[-1])), dtype)
        self._own = [self._stack[: len(plan.hosted), columns] for _, columns in self._columns]
        self._copies: list[tuple[NDArray[np.int64], Rows]] = []
        self.messages = Messages(comm, tag, crowded)
        if comm is not None:
            for peer in plan.peers:
                self.messages.plan(peer.rank, self._sent(peer), self._stack[peer.ghosts])

    def _sent(self, peer: Peer) -> Rows:
        run = peer.contiguous()
        if run is not None:
            return self._stack[run]
        sent = np.empty((len(peer.rows), self._stack.shape[1]), self._stack.dtype)
        self._copies.append((peer.rows, sent))
        return sent

    def post(self, variables: tuple[Rows, ...]) -> None:
        """Copy the hosted rows in and start all messages.

        Raises:
            RuntimeError: the previous round has not been waited for: its rows are still on their way.
        """
        self.messages.check_idle()
        for own, rows in zip(self._own, variables):  # noqa: B905 - planned for them; strict costs 0.3 µs
            own[...] = rows
        for needed, sent in self._copies:
            self._stack.take(needed, axis=0, out=sent)
        self.messages.start()

    def poll(self) -> None:
        """Let large messages make progress."""
        self.messages.poll()

    def wait(self) -> tuple[Rows, ...]:
        """Wait for each peer, then W V for each posted V: hosted×width each, new arrays.

        Raises:
            PeerError: a peer's message failed; names the rank.
        """
        self.messages.wait()
        mixed = self._mix(self._stack)  # all variables, all hosted nodes: one product
        return tuple([mixed[columns] for columns in self._columns])
