"""A rank program: rounds of exchange under a watchdog, from which ranks 1 and 3 of four drop out at step 2.

An oracle of rank 1 never comes back, and rank 3 goes where nobody else goes.
"""

import time

import numpy as np

from p2pbo.network import Network, Stream
from p2pbo.runner.process import watchdog
from p2pbo.topology import build

NODES, TIMEOUT = 6, 0.8


def oracle():
    time.sleep(1000)


def main():
    from mpi4py import MPI

    watchdog.REPORT_SECONDS = TIMEOUT
    comm = MPI.COMM_WORLD
    network = Network(build("ring", NODES), comm)
    lost = {1: oracle, 3: comm.Barrier}
    V = np.zeros((len(network.hosted), 2))
    with watchdog.Watchdog(
        TIMEOUT, comm.rank, network.waiting, network.placement.hosted, comm.Abort
    ) as watched:
        for step in range(1, 5):
            watched.beat("step", step)
            if step == 2 and comm.rank in lost:
                lost[comm.rank]()
            (V,) = network.exchange([Stream("x00")], [2]).post([V]).wait()
    print("nobody stalled", flush=True)


if __name__ == "__main__":
    main()
