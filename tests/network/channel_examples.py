"""Codecs as the network's tests use them: every registered one, and mixes of several over the edges of a graph."""

from itertools import cycle

import numpy as np

from p2pbo.network import Compression, Stream

NODES, DIM = 8, 24
SPECS = ["randk:0.3", "randblock:0.3", "topk:0.3", "qsgd:4", "natural", "sign", "cast:f32", "msc:3:randk:0.3"]
MASKABLE = ["randk:0.3", "randblock:0.3"]


def uniform(topology, spec, variables="x", **more):
    """One codec on all edges."""
    return Compression(
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
    return Compression({"x": edges}, {"x": specs[0]}, **more)


def rows(seed=0, dim=DIM, dtype=np.float64, nodes=NODES):
    return np.random.default_rng(seed).standard_normal((nodes, dim)).astype(dtype)


def state(V, name="x00"):
    return Stream(V, name)


def innovation(V, delta=0.0, rounds=1, name="x10", of_memory=False):
    return Stream(V, name, True, delta, of_memory, rounds)


def sent(network, *streams):
    return network.send(list(streams)).wait()


def rounds(network, V, count):
    for _ in range(count):
        (V,) = sent(network, state(V))
    return V
