"""Starts two ranks of itself and says how they ended; a rank says its process id and is idle until SIGUSR1.

With ``deaf`` it is idle until it is killed.
"""

import os
import signal
import sys
import time

from p2pbo.runner.mpi_world import world
from p2pbo.runner.process.launcher import start_ranks


def rank(deaf):
    signal.signal(signal.SIGUSR1, signal.SIG_IGN if deaf else lambda number, frame: sys.exit(75))
    comm = world()
    comm.Barrier()
    print(f"rank {os.getpid()}\n", end="", flush=True)
    time.sleep(1000)


if __name__ == "__main__":
    if sys.argv[1:2] == ["rank"]:
        rank(deaf="deaf" in sys.argv)
    else:
        print(*start_ranks(2, [__file__, "rank", *sys.argv[1:]])[:2])
