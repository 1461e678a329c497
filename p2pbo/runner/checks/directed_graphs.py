"""Checks of runs over directed and changing graphs, where nodes send to some who never answer."""

from __future__ import annotations

import warnings
from collections.abc import Iterable

from p2pbo.algorithms import Algorithm
from p2pbo.config import Description
from p2pbo.errors import InputError, Notice
from p2pbo.network import LinkFaults, exact
from p2pbo.topology import Topology
from p2pbo.topology.directed_topology import DirectedTopology
from p2pbo.topology.spectrum.directed_report import directed_report


def check_directed(
    topology: Topology, algorithm: Algorithm, description: Description, codecs: Iterable[str]
) -> None:
    """Check that a directed or changing graph is asked for nothing but what it can do.

    What asynchronous nodes cannot do, whose ledgers go by R and C, :func:`check_asynchronous` checks.

    Args:
        topology: of the run; an undirected one passes.
        algorithm, description: of the run.
        codecs: of its variables.

    Raises:
        InputError: the method needs a symmetric W, or edges are lossy, fail or are late.
    """
    if not topology.directed:
        return
    _check_method(topology, algorithm, description)
    graph, undirected = f"topology {topology.name} {_kind(topology)}", _undirected(topology)
    lossy = next((spec for spec in codecs if not exact(spec)), None)
    if lossy is not None:
        cause = f"needs both ends of an edge to hear each other, and {graph}"
        raise InputError(f"codec {lossy}", cause, f"use --codec none{undirected}")
    if description.codec_by is not None:
        cause = f"fits codecs to edges that both ends use, and {graph}"
        raise InputError(f"--codec-by {description.codec_by}", cause, f"leave it out{undirected}")
    rounds = description.asynchronous == "off"  # the ledgers of asynchronous nodes lose nothing
    for name, fault in description.links.model_dump().items() if rounds else ():
        if fault != getattr(LinkFaults(), name):
            cause = (
                f"loses or delays what is sent, so that trackers no longer sum to the estimates, and {graph}"
            )
            raise InputError(f"links.{name} {fault}", cause, f"leave it out{undirected}")
    if description.on_failure == "continue":
        cause = f"gives the weight of a lost edge back to both its ends, and {graph}"
        raise InputError("--on-failure continue", cause, f"leave it out{undirected}")


def warn_of_long_ways(topology: Topology) -> None:
    """Warn of a directed graph on which push-pull takes small steps."""
    if isinstance(topology, DirectedTopology) and (warning := directed_report(topology).warning()):
        warnings.warn(warning, Notice, stacklevel=2)


def _check_method(topology: Topology, algorithm: Algorithm, description: Description) -> None:
    if algorithm.directed or description.asynchronous == "on":
        return
    section = description.algorithm
    mixing = section.settings.get("mixing")
    names = sorted({*mixing.values()} if isinstance(mixing, dict) else {mixing} - {None})
    what = f"mixing {', '.join(names)} of algorithm {section.name}" if names else f"algorithm {section.name}"
    push_pull = "use --mixing push-pull or " if names else "use "
    cause = f"needs a symmetric W, and topology {topology.name} {_kind(topology)}"
    raise InputError(what, cause, f"{push_pull}--algorithm fab{_undirected(topology)}")


def _kind(topology: Topology) -> str:
    return "changes from round to round" if topology.period > 1 else "is directed"


def _undirected(topology: Topology) -> str:
    """Return the other remedy, which a graph that changes does not have."""
    return "" if topology.period > 1 else ", or --undirected (in Python undirected=True)"
