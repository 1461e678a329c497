"""Rank program: rank 1 has rank 0's clock, that of rank 2 is 5 s ahead, and the offset says so."""

from time import perf_counter

from mpi4py import MPI

from p2pbo.network import Ranks
from p2pbo.runner.timeline.clocks import clock_offset

AHEAD = 5.0

if __name__ == "__main__":
    ranks = Ranks(MPI.COMM_WORLD)
    if ranks.rank < 2:
        assert clock_offset(ranks, "one machine") == (0.0, 0.0)
    else:
        offset = clock_offset(ranks, "another", lambda: perf_counter() + AHEAD)
        assert 0 < offset.error < 1
        assert abs(offset.seconds + AHEAD) <= offset.error
    ranks.close()
    print(f"ok {MPI.COMM_WORLD.rank}\n", end="", flush=True)
