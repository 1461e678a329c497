"""Network: nodes on ranks, and the persistent nonblocking exchange between neighbours."""

from p2pbo.network.checkpointing import CheckpointRows, NetworkCheckpoint
from p2pbo.network.edge_codecs import NONE, Compression, exact, repeated
from p2pbo.network.exact_exchange import Exchange
from p2pbo.network.link_clock import LinkClock, has_links
from p2pbo.network.links.faults import Conditions
from p2pbo.network.links.schedules import SCHEDULES
from p2pbo.network.network import Network, Pending
from p2pbo.network.placement import Placement
from p2pbo.network.plan import Plan, plan
from p2pbo.network.ranks import Ranks
from p2pbo.network.row_parts import Entries, Part
from p2pbo.network.streams import Stream
from p2pbo.network.wire.header import NEVER, PeerError

__all__ = [
    "NEVER",
    "NONE",
    "SCHEDULES",
    "CheckpointRows",
    "Compression",
    "Conditions",
    "Entries",
    "Exchange",
    "LinkClock",
    "Network",
    "NetworkCheckpoint",
    "Part",
    "PeerError",
    "Pending",
    "Placement",
    "Plan",
    "Ranks",
    "Stream",
    "exact",
    "has_links",
    "plan",
    "repeated",
]
