"""Messages between ranks that may die: who loses a peer goes on with the others.

Only the neighbours of a dead rank learn of it here, each when a request of theirs fails. A communicator is revoked
where a rank ends the run for all: those that may go on without others are not ended by its abort.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

from p2pbo.errors import InputError
from p2pbo.network.wire.header import PeerError
from p2pbo.network.wire.transport import Requests, Transport, WaitObserver

if TYPE_CHECKING:
    from mpi4py import MPI

ENABLED = "OMPI_MCA_mpi_ft_enable"
"""What ``mpiexec --with-ft ulfm`` of Open MPI sets for its ranks."""


def check_fault_tolerance(library: str) -> None:
    """Check that this MPI can go on without a rank.

    Raises:
        InputError: it cannot; says why.
    """
    if os.environ.get(ENABLED) != "1":
        known = "Open MPI" in library
        cause = "was started without it" if known else "ends the whole job when a rank dies"
        raise InputError(
            "--on-failure continue",
            f"needs an MPI with fault tolerance, and {library} {cause}",
            "use p2pbo launch, or mpiexec --with-ft ulfm" if known else "use Open MPI 5 or later",
        )


class Revoked(RuntimeError):
    """Another rank has failed, says why, and the run is over for all."""


class FaultTolerantTransport(Transport):
    """One rank's means of sending where ranks may die and the others go on."""

    def requests(self) -> Requests:
        """Make the messages of one more kind of round."""
        return FaultTolerantRequests(
            self.comm, self._tag(), self._patience, self.lost, self.mark_failed, self._on_wait
        )


class FaultTolerantRequests(Requests):
    """Requests that are started and waited for one by one, without those of dead peers.

    ``mark_failed`` is told of a rank that has died; ``lost`` are all of them.
    """

    def __init__(
        self,
        comm: MPI.Intracomm | None,
        tag: int,
        patience: float,
        lost: set[int],
        mark_failed: Callable[[int], None],
        on_wait: WaitObserver | None = None,
    ) -> None:
        super().__init__(comm, tag, patience, on_wait)
        self.lost, self._mark_failed = lost, mark_failed

    def start(self) -> None:
        """Start all requests that lead to living ranks: a new round."""
        self._pending = True
        self.rounds += 1
        for rank, start in zip(self._ranks, self._starts, strict=True):
            self._attempt(rank, start)

    def poll(self) -> None:
        """Give the MPI library a chance to move large messages on."""
        for rank, test in zip(self._ranks, self._tests, strict=True):
            self._attempt(rank, test)

    def wait(self) -> None:
        """Wait for each request; a peer that dies meanwhile is lost.

        Raises:
            PeerError: a message failed for another reason.
        """
        before = perf_counter()
        self._waited_for = 0
        for rank, *waits in self._waits:
            for done in waits:
                self._poll_until(partial(self._done, rank, done))
            now = perf_counter()
            self.wait_times[rank] += now - before
            if self._on_wait is not None:
                self._on_wait(rank, before, now)
            before = now
            self._waited_for += 1
        self._pending = False

    def _done(self, rank: int, test: Callable[[], bool]) -> bool:
        """Tell whether nothing more is to be waited for: all is here, or the peer is lost."""
        return self._attempt(rank, test) is not False

    def _attempt(self, rank: int, call: Callable[[], bool | None]) -> bool | None:
        """Return what the call gives; None where the peer is lost, or is found to be."""
        if rank in self.lost:
            return None
        try:
            return call()
        except Exception as error:
            check_not_revoked(error)
            if not is_process_failure(error):
                raise PeerError(f"the exchange with rank {rank} failed: {error}") from error
            self._mark_failed(rank)
            return None


def check_not_revoked(error: Exception) -> None:
    """Check that an MPI error does not say that another rank has ended the run.

    Raises:
        Revoked: it does.
    """
    from mpi4py import MPI

    if isinstance(error, MPI.Exception) and error.Get_error_class() == MPI.ERR_REVOKED:
        raise Revoked("another rank has failed") from error


def is_process_failure(error: Exception) -> bool:
    """Tell whether an MPI error says that a process has died."""
    from mpi4py import MPI

    failed = (MPI.ERR_PROC_FAILED, MPI.ERR_PROC_FAILED_PENDING)
    return isinstance(error, MPI.Exception) and error.Get_error_class() in failed
