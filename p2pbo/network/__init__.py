"""Network: nodes on ranks, and the persistent nonblocking exchange between neighbours."""

from p2pbo.network.clock import LinkClock, has_links
from p2pbo.network.compression import NONE, Compression, exact, repeated
from p2pbo.network.entries import Entries, Part
from p2pbo.network.exchange import Exchange
from p2pbo.network.messages import PeerError
from p2pbo.network.network import Network, Pending
from p2pbo.network.placement import Placement
from p2pbo.network.plan import Plan, plan
from p2pbo.network.ranks import Ranks
from p2pbo.network.streams import Stream

__all__ = [
    "NONE",
    "Compression",
    "Entries",
    "Exchange",
    "LinkClock",
    "Network",
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
