"""Starts two ranks of itself and says how they ended; a rank says its process id and is idle until SIGUSR1."""

import os
import signal
import sys
import time

from p2pbo.runner.launcher import start, world


def rank():
    signal.signal(signal.SIGUSR1, lambda number, frame: sys.exit(75))
    comm = world()
    comm.Barrier()
    print(f"rank {os.getpid()}\n", end="", flush=True)
    time.sleep(1000)


if __name__ == "__main__":
    if sys.argv[1:]:
        rank()
    else:
        print(*start(2, [__file__, "rank"]))
