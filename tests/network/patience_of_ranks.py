"""Two ranks on cores of their own, on shared ones, and on too few: how long each polls before others have its core."""

import math
import os

from mpi4py import MPI

from p2pbo.network import Ranks
from p2pbo.network.ranks import PATIENCE

ranks = Ranks(MPI.COMM_WORLD)
first, second, *_ = sorted(os.sched_getaffinity(0) | set(range(os.cpu_count())))
for cores, patience in [
    ({first, second}, PATIENCE),
    ({(first, second)[ranks.rank]}, math.inf),
    ({first}, 0.0),
]:
    os.sched_setaffinity(0, cores)
    assert ranks.patience() == patience, (cores, ranks.patience())
print(f"ok {ranks.rank}\n", end="", flush=True)  # one write: lines of ranks stay apart
ranks.close()
