"""The side plane: what ranks tell each other outside the neighbours' exchanges, at set-up and on logged steps.

Nothing here is counted as traffic between nodes. Text travels as UTF-8 bytes (bytes of a path that
are none as themselves), arrays as buffers; nothing is pickled.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from p2pbo.errors import CollectiveInputError, InputError

if TYPE_CHECKING:
    from mpi4py import MPI

T = TypeVar("T")
Array = NDArray[Any]

ESCAPE = "surrogateescape"

PATIENCE = 200e-6
"""Seconds of polling before a rank lets others have its core (``tools/bench_waiting.py``).

Many times the wait for a message that is on its way, and a fraction of what a process runs that took the core of the
one that is waited for.
"""


class Ranks:
    """The processes of one run, and what they tell each other; a single one (``comm`` is None) talks to nobody."""

    def __init__(self, comm: MPI.Intracomm | None = None) -> None:
        self.comm = comm.Dup() if comm is not None else None
        self.rank = self.comm.Get_rank() if self.comm is not None else 0
        self.size = self.comm.Get_size() if self.comm is not None else 1

    def all_texts(self, text: str) -> list[str]:
        """Return every rank's text, in rank order, on every rank."""
        if self.comm is None:
            return [text]
        mine = np.frombuffer(text.encode(errors=ESCAPE), dtype=np.uint8)
        counts = np.empty(self.size, dtype=np.int64)
        self.comm.Allgather(np.array([mine.size]), counts)
        everything = np.empty(counts.sum(), dtype=np.uint8)
        self.comm.Allgatherv(mine, [everything, counts])
        return [part.tobytes().decode(errors=ESCAPE) for part in np.split(everything, np.cumsum(counts)[:-1])]

    def all_counts(self, sent: NDArray[np.int64]) -> NDArray[np.int64]:
        """Exchange counts with every rank: entry r of the result is what rank r put into its entry for this rank."""
        if self.comm is None:
            return sent
        received = np.empty_like(sent)
        self.comm.Alltoall(sent, received)
        return received

    def total(self, values: Array) -> Array:
        """Return the sum of ``values`` over ranks, on every rank."""
        if self.comm is None:
            return values
        result = np.empty_like(values)
        self.comm.Allreduce(values, result)
        return result

    def broadcast(self, values: Array) -> Array:
        """Return rank 0's values on every rank; they overwrite what the others give, of the same shape and type."""
        if self.comm is not None:
            self.comm.Bcast(values)
        return values

    def rows(self, mine: Array, handle: Callable[[Array], None]) -> None:
        """Hand every rank's rows to ``handle`` on rank 0, one rank's after another's; called by all ranks."""
        if self.comm is None:
            handle(mine)
            return
        mine = np.ascontiguousarray(mine)
        counts = np.array([int(text) for text in self.all_texts(str(len(mine)))])
        if self.rank > 0:
            self.comm.Send(mine, dest=0)
            return
        handle(mine)
        for source in range(1, self.size):
            block = np.empty((counts[source], *mine.shape[1:]), dtype=mine.dtype)
            self.comm.Recv(block, source=source)
            handle(block)

    def gather(self, mine: Array) -> Array | None:
        """Return all ranks' rows stacked in rank order on rank 0; None elsewhere."""
        blocks: list[Array] = []
        self.rows(mine, blocks.append)
        return np.concatenate(blocks) if blocks else None

    def agree(self, build: Callable[[], T]) -> T:
        """Return what ``build`` makes, on all ranks or on none.

        Raises:
            InputError: ``build`` raised one on some rank: the first rank's is raised everywhere, so all stop alike.
        """
        made, own = None, ""
        try:
            made = build()
        except InputError as error:
            own = str(error)  # which says it all: its traceback would say how p2pbo came upon it
        for text in self.all_texts(own):
            if text:
                raise CollectiveInputError(text)
        return cast(T, made)

    def same(self, digests: dict[str, str]) -> None:
        """Check that all ranks hold the same description, graph and versions.

        Raises:
            InputError: they do not; names what differs and the first rank that does.
        """
        for name, mine in digests.items():
            everyone = self.all_texts(mine)
            for rank, other in enumerate(everyone):
                if other != everyone[0]:
                    raise CollectiveInputError(
                        f"rank {rank}'s {name} {'differ' if name.endswith('s') else 'differs'} from rank 0's; "
                        "start all ranks from the same files"
                    )

    def patience(self) -> float:
        """Return for how long (s) a rank polls for a message before others have its core after each further poll.

        Where ranks outnumber the cores of their host, not at all: what a rank waits for needs the core. Else for
        ``PATIENCE``; where the rank is bound to a core, for ever: nobody whom it waits for can have that one.
        """
        if self.comm is None:
            return math.inf
        from mpi4py import MPI

        local = self.comm.Split_type(MPI.COMM_TYPE_SHARED)
        cores = os.sched_getaffinity(0)
        mine = np.zeros(max(1024, os.cpu_count() or 1), dtype=np.int32)
        mine[[core for core in cores if core < mine.size]] = 1
        union = np.empty_like(mine)
        local.Allreduce(mine, union, op=MPI.MAX)
        ranks = local.Get_size()
        local.Free()
        if ranks > union.sum():
            return 0.0
        return math.inf if len(cores) == 1 else PATIENCE

    def hosts(self) -> int:
        """Return the number of machines that the ranks run on."""
        return len(set(self.all_texts(os.uname().nodename)))

    def close(self) -> None:
        """Free the communicator."""
        if self.comm is not None:
            self.comm.Free()
            self.comm = None
