"""The network: nodes on ranks, and persistent nonblocking exchanges between neighbours."""

from p2pbo.network.checkpointing import CheckpointRows, NetworkCheckpoint
from p2pbo.network.clock.compute_time import MEASURED, ComputeTime, parse_compute_time
from p2pbo.network.clock.link_clock import LinkClock, has_cards, has_links
from p2pbo.network.edge_codecs import NONE, EdgeCodecs, exact, repeated
from p2pbo.network.exchange import Exchange
from p2pbo.network.links.faults import LinkFaults
from p2pbo.network.links.schedules import LINK_SCHEDULES
from p2pbo.network.network import Network
from p2pbo.network.placement import Placement
from p2pbo.network.plan import Plan, plan
from p2pbo.network.ranks import Ranks
from p2pbo.network.row_parts import RowPart, RowParts
from p2pbo.network.streams import (
    Consensus,
    HandedRows,
    Handover,
    Innovation,
    Kind,
    Laplacian,
    Maximum,
    PartialConsensus,
    PartialRows,
    Push,
    Sent,
    Stream,
)
from p2pbo.network.wire.header import NEVER, PeerError
from p2pbo.network.wire.transport import WaitObserver

__all__ = [
    "LINK_SCHEDULES",
    "MEASURED",
    "NEVER",
    "NONE",
    "CheckpointRows",
    "ComputeTime",
    "Consensus",
    "EdgeCodecs",
    "Exchange",
    "HandedRows",
    "Handover",
    "Innovation",
    "Kind",
    "Laplacian",
    "LinkClock",
    "LinkFaults",
    "Maximum",
    "Network",
    "NetworkCheckpoint",
    "PartialConsensus",
    "PartialRows",
    "PeerError",
    "Placement",
    "Plan",
    "Push",
    "Ranks",
    "RowPart",
    "RowParts",
    "Sent",
    "Stream",
    "WaitObserver",
    "exact",
    "has_cards",
    "has_links",
    "parse_compute_time",
    "plan",
    "repeated",
]
