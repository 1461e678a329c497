"""Codecs as the network's tests use them: every registered one, and mixes of several over the edges of a graph."""

from itertools import cycle
from typing import NamedTuple

import numpy as np

from p2pbo.network import Consensus, EdgeCodecs, Innovation, Sent, Stream

NODES, DIM = 8, 24
SPECS = ["randk:0.3", "randblock:0.3", "topk:0.3", "qsgd:4", "natural", "sign", "cast:f32", "msc:3:randk:0.3"]
MASKABLE = ["randk:0.3", "randblock:0.3"]


def uniform(topology, spec, variables="x", **more):
    """One codec on all edges."""
    return EdgeCodecs(
        {v: [spec] * len(topology.source) for v in variables}, dict.fromkeys(variables, spec), **more
    )


def mixed(topology, specs, **more):
    """Codecs in turn over the undirected edges."""
    named = {}
    turn = cycle(specs)
    for i, j in zip(topology.source.tolist(), topology.target.tolist(), strict=True):
        if (j, i) not in named:
            named[i, j] = next(turn)
    edges = [
        named.get((i, j)) or named[j, i]
        for i, j in zip(topology.source.tolist(), topology.target.tolist(), strict=True)
    ]
    return EdgeCodecs({"x": edges}, {"x": specs[0]}, **more)


def rows(seed=0, dim=DIM, dtype=np.float64, nodes=NODES):
    return np.random.default_rng(seed).standard_normal((nodes, dim)).astype(dtype)


class Posted(NamedTuple):
    """A stream and its rows of one round."""

    stream: Stream
    rows: Sent


def state(V, name="x00", donated=False):
    return Posted(Stream(name, Consensus(donated)), V)


def innovation(V, delta=0.0, rounds=1, name="x10", of_memory=False):
    return Posted(Stream(name, Innovation(delta, of_memory, rounds)), V)


def post(network, *posted):
    """Start a round of streams."""
    streams, rows = zip(*posted, strict=True)
    widths = [(one if isinstance(one, np.ndarray) else one.rows).shape[1] for one in rows]
    return network.exchange(streams, widths).post(rows)


def sent(network, *posted):
    return post(network, *posted).wait()


def exchange(network, *variables):
    """Start a round of states."""
    return post(network, *(state(V, f"x0{place}") for place, V in enumerate(variables)))


def rounds(network, V, count):
    for _ in range(count):
        (V,) = sent(network, state(V))
    return V
