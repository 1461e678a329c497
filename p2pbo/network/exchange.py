"""One fused message per pair of ranks and round, over persistent requests that are made once.

Planned at construction: a stack of rows (hosted nodes first, ghosts behind) as wide as all variables together, one
persistent receive straight into each peer's ghost rows, one persistent send straight from the hosted rows.
In the loop: copy the variables in, start, and when the rows are wanted wait and multiply by W once.
"""

from __future__ import annotations

import os
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.network.mixing import Mixer, Rows
from p2pbo.network.plan import Peer, Plan

if TYPE_CHECKING:
    from mpi4py import MPI


class PeerError(RuntimeError):
    """The exchange with one neighbouring rank failed; the others' are untouched."""


class Exchange:
    """A round for variables of fixed widths: ``post`` them, and ``wait`` for (W V for each V).

    ``crowded``: ranks outnumber cores, so that a rank yields its core between polls.
    """

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
        self.row_bytes = int(ends[-1]) * dtype.itemsize
        # per round
        self.rounds = 0
        self.wait_time = 0.0
        self._pending = False
        self._stack = np.zeros((plan.rows, int(ends[-1])), dtype)
        self._own = [self._stack[: len(plan.hosted), columns] for _, columns in self._columns]
        self._copies: list[tuple[NDArray[np.int64], Rows]] = []
        self._requests: list[MPI.Prequest] = []
        self._ranks: list[int] = []
        if comm is not None:
            for peer in plan.peers:
                self._plan_peer(peer, comm, tag)
        self._starts = [request.Start for request in self._requests]
        self._tests = [request.Test for request in self._requests]
        self._waits = self._tests if crowded else [request.Wait for request in self._requests]

    def _plan_peer(self, peer: Peer, comm: MPI.Intracomm, tag: int) -> None:
        received = self._stack[peer.ghosts]
        run = peer.contiguous()
        if run is not None:
            sent = self._stack[run]
        else:
            sent = np.empty((len(peer.rows), self._stack.shape[1]), self._stack.dtype)
            self._copies.append((peer.rows, sent))
        self._requests.append(comm.Recv_init(received, source=peer.rank, tag=tag))
        self._requests.append(comm.Send_init(sent, dest=peer.rank, tag=tag))
        self._ranks += [peer.rank, peer.rank]

    def post(self, variables: tuple[Rows, ...]) -> None:
        """Copy the hosted rows in and start all messages.

        Raises:
            RuntimeError: the previous round has not been waited for: its rows are still on their way.
        """
        if self._pending:
            raise RuntimeError("this exchange is still pending: wait() for it before the next one")
        for own, rows in zip(self._own, variables):  # noqa: B905 - planned for them; strict costs 0.3 µs
            own[...] = rows
        for needed, sent in self._copies:
            self._stack.take(needed, axis=0, out=sent)
        self._pending = True
        self.rounds += 1
        for start in self._starts:
            start()

    def poll(self) -> None:
        """Give the MPI library a chance to move large messages on."""
        for test in self._tests:
            test()

    def wait(self) -> tuple[Rows, ...]:
        """Wait for each peer, then W V for each posted V: hosted×width each, new arrays.

        Raises:
            PeerError: a peer's message failed; names the rank.
        """
        began = time.perf_counter()
        done = 0
        try:
            for wait in self._waits:
                while not wait():  # Wait() is done when it returns, Test() when it says so
                    os.sched_yield()
                done += 1
        except Exception as error:
            raise PeerError(f"the exchange with rank {self._ranks[done]} failed: {error}") from error
        self._pending = False
        self.wait_time += time.perf_counter() - began
        mixed = self._mix(self._stack)  # all variables, all hosted nodes: one product
        return tuple([mixed[columns] for columns in self._columns])

    def free(self) -> None:
        """Free the persistent requests; a pending round is waited for."""
        for request in self._requests:
            request.Wait()
            request.Free()
        for planned in (self._requests, self._starts, self._waits, self._tests):
            planned.clear()
