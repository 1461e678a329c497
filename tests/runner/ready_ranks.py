"""Rank program (HOW): asynchronous nodes on several ranks, one of which is slow, paused or loses messages.

In the end they are at the solution, what each has heard last of each neighbour is what that has sent it last, to the
bit, and the ledger holds over all nodes: Σ t + Σ (ρ − ρ̃) = Σ u.
"""

import itertools
import os
import subprocess
import sys
import time
from functools import partial
from unittest import mock

import numpy as np

import p2pbo
from p2pbo.asynchronous.ledger import Ledger
from p2pbo.asynchronous.node import AsynchronousNode
from p2pbo.asynchronous.rank_links import RankLinks
from p2pbo.asynchronous.rank_nodes import RankNodes

SLOW = 1
"""The rank that something happens to."""
PAUSE, STEP = 2, 0.1
STEPS = {"alpha": 0.8, "beta": 0.8, "gamma": 0.8, "theta": 1.0, "radius": "off"}
GIVEN = {
    "problem": "quadratic",
    "algorithm": "sparkle-gt",
    "asynchronous": "on",
    "exact": "on",
    "steps": 10**6,
    "log_every": 50,
    "until": "hypergradient_norm=1e-9",
}
HOWS = {
    "equal": {},
    "large": {"problem": {"name": "quadratic", "dim_x": 10_000, "dim_y": 4}, "nodes": 4},
    "many": {"until": "hypergradient_norm=1e-6"},
    "single": {"dtype": "float32", "until": "hypergradient_norm=1e-5"},
    "sleeping": {},
    "paused": {},
    "gone": {"stall_timeout": 2.0},
    "slow": {"nodes": 4, "until": "wall_time=2"},
    "losing": {"links": {"drop": 0.2}},
    "directed": {"topology": "directed-ring:3", "settings": {**STEPS, "mixing": "push-pull"}},
}


def sleeping(estimate):
    """Sleep before some estimates."""
    draw = np.random.default_rng(0)

    def slowly(node):
        if draw.random() < 0.2:
            time.sleep(draw.uniform(0, 0.005))
        estimate(node)

    return slowly


def pausing(estimate, seconds=PAUSE):
    """Have this process paused at its 200th estimate."""
    count, me = itertools.count(), os.getpid()

    def stopping(node):
        if next(count) == 200:
            subprocess.run(["sh", "-c", f"(sleep {seconds}; kill -CONT {me}) & kill -STOP {me}"], check=True)
        estimate(node)

    return stopping


def slow(estimate):
    """Take a step for so long that neighbours take many meanwhile."""

    def slowly(node):
        time.sleep(STEP)
        estimate(node)

    return slowly


SLOWED = {"sleeping": sleeping, "paused": pausing, "gone": partial(pausing, seconds=30), "slow": slow}


class Books:
    """What all nodes of this rank have told and heard, noted beside their ledgers."""

    def __init__(self):
        self.settled, self.sent, self.heard, self.ages = {}, {}, {}, []

    def patches(self):
        settle, send, close = Ledger.settle, RankLinks.send, RankNodes.close

        def settling(ledger, u, now, *, first):
            tracker = settle(ledger, u, now, first=first)
            self.ages += ledger.ages(now).tolist()
            self.settled[ledger] = tracker, u, ledger.heard.mass.sum(axis=0)
            return tracker

        def sending(links, edge, message):
            gone = send(links, edge, message)
            if gone:
                self.sent[edge] = message.stamp, message.v.copy(), message.mass.copy()
            return gone

        def closing(running):
            close(running)
            for node, edges in zip(running.nodes.nodes, running.nodes.edges, strict=True):
                heard = node.ledger.heard
                for place, edge in enumerate(edges.hears.tolist()):
                    self.heard[edge] = int(heard.stamps[place]), heard.v[place], heard.mass[place]

        yield mock.patch.object(Ledger, "settle", settling)
        yield mock.patch.object(RankLinks, "send", sending)
        yield mock.patch.object(RankNodes, "close", closing)

    def check(self):
        """Compare with those of all other ranks."""
        from mpi4py import MPI

        everywhere = MPI.COMM_WORLD.allgather(self.sent)
        crossing = {
            edge: message for sent in everywhere for edge, message in sent.items() if edge in self.heard
        }
        assert crossing
        for edge, (stamp, v, mass) in crossing.items():
            assert self.heard[edge][0] == stamp
            np.testing.assert_array_equal(self.heard[edge][1], v)
            np.testing.assert_array_equal(self.heard[edge][2], mass)
        own = [
            tracker + ledger.told.sum(axis=0) - used - u
            for ledger, (tracker, u, used) in self.settled.items()
        ]
        off, scale = sum(own), max(np.abs(ledger.told).max() for ledger in self.settled)
        total = np.empty_like(off)
        MPI.COMM_WORLD.Allreduce(off, total)
        assert np.abs(total).max() < 1e-12 * (1 + scale), np.abs(total).max()


def main(how):
    from mpi4py import MPI

    rank, books = MPI.COMM_WORLD.rank, Books()
    patches = list(books.patches())
    if rank == SLOW and how in SLOWED:
        estimate = SLOWED[how](AsynchronousNode.estimate)
        patches.append(mock.patch.object(AsynchronousNode, "estimate", estimate))
    for patch in patches:
        patch.start()
    trace = p2pbo.run(**{"nodes": 8, "settings": STEPS, **GIVEN, **HOWS[how]})
    books.check()
    if rank == SLOW and how == "slow":
        assert np.median(books.ages[-20:]) < STEP / 2, "it has not heard while it computed"
    if rank == 0:
        assert trace.ended_by.startswith("until")
        assert (np.diff(trace["step"].values) > 0).all()
        assert (np.diff(trace["node_steps"].values, axis=0) >= 0).all()
        if how == "paused":
            assert np.diff(trace["wall_time"].values).max() > PAUSE / 2, "it was not paused"
    print(f"ok {rank}\n", end="", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
