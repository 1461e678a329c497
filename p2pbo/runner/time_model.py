"""What the modelled time of a run is made of, as far as its description and its topology say."""

from __future__ import annotations

from p2pbo.algorithms import Algorithm
from p2pbo.config import Description
from p2pbo.errors import InputError
from p2pbo.network import MEASURED, LinkClock, has_cards, has_links
from p2pbo.topology import Topology


def link_clock(description: Description, topology: Topology, algorithm: Algorithm) -> LinkClock | None:
    """Return the clock of a run's nodes and links; None where nothing is said of what takes time.

    Raises:
        InputError: a figure of an edge or a node is no positive number, or measured times cannot be collected.
    """
    if description.compute_time == MEASURED and description.on_failure == "continue":
        cause = "is collected from all ranks, which --on-failure continue lets die"
        raise InputError(
            f"--compute-time {MEASURED}", cause, "give a time such as 10ms, or leave one of them out"
        )
    if not time_model(description, topology):
        return None
    said, computes = description.topology, description.compute_time is not None
    return LinkClock(
        topology, said.latency, said.bandwidth, said.node_bandwidth, computes, algorithm.overlapped_rounds
    )


def time_model(description: Description, topology: Topology) -> dict[str, str]:
    """Return the attributes of a trace that say what its modelled time is made of; none where it has no such time.

    ``modelled_time_of`` lists what takes time, ``modelled_time_repeats`` tells whether the same run has the same times.
    """
    computing = description.compute_time
    parts = {
        "latency and bandwidth of edges": has_links(topology, description.topology.bandwidth),
        "bandwidth of nodes, which their edges share": has_cards(
            topology, description.topology.node_bandwidth
        ),
        f"computing ({computing})": computing is not None,
    }
    if not any(parts.values()):
        return {}
    repeats = "no: computing is measured" if computing == MEASURED else "yes"
    named = "; ".join(part for part, there in parts.items() if there)
    return {"modelled_time_of": named, "modelled_time_repeats": repeats}
