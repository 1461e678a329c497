"""Checks for negative weights, with which averages of parts of rows are none, and mixing may not bring nodes nearer.

Σ w m v / Σ w m is an average over those who have an entry only where w ≥ 0. W itself, whole and on time, mixes by its
spectrum alone; but where edges are late or left out (drops, schedules, stragglers, deaths, entry by entry in the masked
channel), nodes are sure to come nearer only if no edge has a weight below 0; without rounds, only if no node has one
either, since what it has of others is older than what it has of itself.
"""

from __future__ import annotations

import warnings

import numpy as np

from p2pbo.algorithms import Algorithm
from p2pbo.compression import codec
from p2pbo.config.description import Description
from p2pbo.errors import InputError, Notice
from p2pbo.network import EdgeCodecs, LinkFaults
from p2pbo.problems import Problem
from p2pbo.topology import Topology
from p2pbo.topology.checks import WEIGHT_TOLERANCE


def check_no_negative_weights(algorithm: Algorithm, topology: Topology) -> None:
    """Check that no weight is negative where nodes send parts of rows, or draw neighbours by weight.

    Raises:
        InputError: one is; names the edge or node.
    """
    negative = _negative_edge(topology) or _negative_node(topology)
    reasons = {
        "averages of parts of rows divide by sums of weights": bool(algorithm.part_sizes),
        "neighbours are drawn by their weights": algorithm.samples_neighbours,
    }
    for reason, holds in reasons.items():
        if holds and negative is not None:
            remedy = "use other --weights, such as metropolis"
            raise InputError(f"topology {topology.name}", f"{negative}, and {reason}", remedy)


def warn_of_negative_weights(
    topology: Topology, described: Description, problem: Problem, codecs: EdgeCodecs | None
) -> None:
    """Warn where, with negative weights, a run's mixing is not sure to bring nodes nearer."""
    edge, node = _negative_edge(topology), _negative_node(topology)
    if edge is None and node is None:
        return
    reasons = {
        "links that fail or are late": edge if _faulty(described) else None,
        "--on-failure continue": edge if described.on_failure == "continue" else None,
        "the masked channel": edge if codecs is not None and _masks(codecs, problem, described) else None,
        "no rounds": (edge or node) if described.asynchronous == "on" else None,
    }
    for reason, negative in reasons.items():
        if negative is not None:
            warnings.warn(
                f"topology {topology.name} {negative}: with {reason} nodes may drift apart; use other "
                "--weights, such as metropolis",
                Notice,
                stacklevel=2,
            )


def _faulty(described: Description) -> bool:
    return LinkFaults(**described.links.model_dump()) != LinkFaults()


def _masks(codecs: EdgeCodecs, problem: Problem, described: Description) -> bool:
    """Tell whether edges average some entries only, drawn anew in each round."""
    dtype = np.dtype(described.dtype)
    return codecs.channel != "difference" and any(
        codec(spec, problem.size(variable), dtype).entries is not None
        for variable, specs in codecs.codecs.items()
        for spec in set(specs)
    )


def _negative_edge(topology: Topology) -> str | None:
    """Return a text about the first edge whose weight is negative, None where there is none."""
    for e in np.flatnonzero(topology.weight < -WEIGHT_TOLERANCE)[:1]:
        edge = topology.edges.edge_name(topology.source[e], topology.target[e])
        return f"weighs {edge} by {topology.weight[e]:.3g}"
    return None


def _negative_node(topology: Topology) -> str | None:
    """Return a text about the first node that weighs itself negatively, None where there is none."""
    for i in np.flatnonzero(topology.self_weight < -WEIGHT_TOLERANCE)[:1]:
        return f"weighs node {topology.edges.display_name(i)} itself by {topology.self_weight[i]:.3g}"
    return None
