"""One fused message per pair of ranks and round, over persistent requests that are made once.

Planned at construction: a stack of rows (hosted nodes first, ghosts behind) as wide as all variables together, one
persistent receive straight into each peer's ghost rows, one persistent send straight from the hosted rows.
In the loop: copy the variables in, start, and when the rows are wanted wait and multiply by W once.
"""

from __future__ import annotations

import os
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.network.plan import Peer, Plan

if TYPE_CHECKING:
    from mpi4py import MPI

Rows = NDArray[np.floating[Any]]


class PeerError(RuntimeError):
    """The exchange with one neighbouring rank failed; the others' are untouched."""


class Exchange:
    """A round for variables of fixed widths: ``post`` them, and ``wait`` for (W V for each V)."""

    def __init__(
        self, plan: Plan, widths: tuple[int, ...], dtype: np.dtype[Any], comm: MPI.Intracomm | None, tag: int
    ) -> None:
        # fixed per run
        ends = np.cumsum(widths)
        self._columns = [slice(int(a), int(b)) for a, b in pairwise([0, *ends])]
        self._hosted = len(plan.hosted)
        self._mixing = plan.mixing.astype(dtype)
        self.row_bytes = int(ends[-1]) * dtype.itemsize
        # per round
        self._stack = np.zeros((plan.rows, ends[-1]), dtype)
        self._own = [self._stack[: self._hosted, columns] for columns in self._columns]
        self._copies: list[tuple[NDArray[np.int64], Rows]] = []
        self._requests: list[tuple[int, MPI.Prequest]] = []
        self._pending = False
        if comm is not None:
            for peer in plan.peers:
                self._plan_peer(peer, comm, tag)
        self._starts = [request.Start for _, request in self._requests]

    def _plan_peer(self, peer: Peer, comm: MPI.Intracomm, tag: int) -> None:
        received = self._stack[peer.ghosts]
        run = peer.contiguous()
        if run is not None:
            sent = self._stack[run]
        else:
            sent = np.empty((len(peer.rows), self._stack.shape[1]), self._stack.dtype)
            self._copies.append((peer.rows, sent))
        self._requests.append((peer.rank, comm.Recv_init(received, source=peer.rank, tag=tag)))
        self._requests.append((peer.rank, comm.Send_init(sent, dest=peer.rank, tag=tag)))

    def post(self, variables: tuple[Rows, ...]) -> None:
        """Copy the hosted rows in and start all messages.

        Raises:
            RuntimeError: the previous round has not been waited for: its rows are still on their way.
        """
        if self._pending:
            raise RuntimeError("this exchange is still pending: wait() for it before the next one")
        self._pending = True
        for own, rows in zip(self._own, variables, strict=True):
            own[...] = rows
        for needed, sent in self._copies:
            self._stack.take(needed, axis=0, out=sent)
        for start in self._starts:
            start()

    def poll(self) -> None:
        """Give the MPI library a chance to move large messages on."""
        for _, request in self._requests:
            request.Test()

    def wait(self, crowded: bool) -> tuple[Rows, ...]:
        """Wait for each peer and mix; ``crowded``: yield the core between polls.

        Raises:
            PeerError: a peer's message failed; names the rank.
        """
        for rank, request in self._requests:
            try:
                if crowded:
                    while not request.Test():
                        os.sched_yield()
                else:
                    request.Wait()
            except Exception as error:
                raise PeerError(f"the exchange with rank {rank} failed: {error}") from error
        self._pending = False
        mixed = self._mixing @ self._stack  # all variables, all hosted nodes: one product
        return tuple(mixed[:, columns] for columns in self._columns)

    def free(self) -> None:
        """Free the persistent requests; a pending round is waited for."""
        for _, request in self._requests:
            request.Wait()
            request.Free()
        self._requests.clear()
        self._starts.clear()
