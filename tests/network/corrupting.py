"""Rank program (OUT): each of two ranks corrupts what it sends in every way; in the end rank 1 does in a run.

With checksums a run gives the same numbers as without.
"""

import sys
from pathlib import Path
from unittest import mock

import numpy as np
from channel_examples import MASKABLE, exchange, mixed, rows, sent, state
from mpi4py import MPI

import p2pbo
from p2pbo.network import Network
from p2pbo.network.wire.header import MessageHeader, PeerError
from p2pbo.topology import build

COMM = MPI.COMM_WORLD
NODES, ROUND = 8, 2
GIVEN = {"problem": "quadratic", "nodes": 4, "steps": 5, "log_every": 5}

write = MessageHeader.write


def of_the_round_before(header, round_, messages):
    write(header, round_ - (round_ == ROUND), messages)


def with_a_flipped_bit(header, round_, messages):
    write(header, round_, messages)
    messages.heads[0, 3] ^= round_ == ROUND


def with_a_changed_payload(header, round_, messages):
    write(header, round_, messages)
    messages.payloads[:, 0] ^= round_ == ROUND


CORRUPTIONS = {
    of_the_round_before: "rank {rank} sent {length} bytes of round 1, where {length} bytes of round 2 of {kind} "
    "are due",
    with_a_flipped_bit: "a message of rank {rank} is damaged: its head does not fit its own check",
    with_a_changed_payload: "a message of rank {rank} is damaged: round 2 of {kind}",
}


def said(exchange, corrupted):
    """What a rank says of the third of its rounds, in which its peer's messages are corrupted."""
    with mock.patch.object(MessageHeader, "write", corrupted):
        for _ in range(ROUND):
            exchange()
        try:
            exchange()
        except PeerError as error:
            return str(error)
    return "nothing"


def check(compression, exchange_of, length, kind):
    topology = build("ring", NODES)
    for corrupted, expected in CORRUPTIONS.items():
        network = Network(topology, COMM, codecs=compression(topology), checksum=True)
        found = said(exchange_of(network), corrupted)
        assert found == expected.format(rank=1 - COMM.rank, length=length, kind=kind), found
        network.close()


def exact(network):
    V = rows(dim=3, nodes=NODES)[network.hosted]
    return lambda: exchange(network, V).wait()


def lossy(network):
    V = rows(nodes=NODES)[network.hosted]
    return lambda: sent(network, state(V))


def check_checksums():
    """Numbers do not change where they are checked."""
    checked, unchecked = (p2pbo.run(**GIVEN, checksum=on, codec="x=randk:0.5") for on in ("on", "off"))
    if COMM.rank == 0:
        for name in "xyz":
            np.testing.assert_array_equal(getattr(checked.final, name), getattr(unchecked.final, name))


if __name__ == "__main__":
    check(lambda topology: None, exact, 24, "3")
    check(
        lambda topology: mixed(topology, MASKABLE[:1]), lossy, 2 * 7 * 8, "x00"
    )  # two edges, 7 of 24 entries
    check_checksums()
    print(f"{COMM.rank} named all\n", end="", flush=True)
    COMM.Barrier()
    if COMM.rank == 1:
        MessageHeader.write = with_a_flipped_bit
    p2pbo.run(**GIVEN, out=Path(sys.argv[1]))
