"""Network: nodes on ranks, and the persistent nonblocking exchange between neighbours."""

from p2pbo.network.clock import LinkClock, has_links
from p2pbo.network.compression import NONE, Compression, exact, repeated
from p2pbo.network.conditions import Conditions
from p2pbo.network.entries import Entries, Part
from p2pbo.network.envelope import NEVER, PeerError
from p2pbo.network.exchange import Exchange
from p2pbo.network.memory import Memory
from p2pbo.network.network import Network, Pending
from p2pbo.network.past import Past
from p2pbo.network.placement import Placement
from p2pbo.network.plan import Plan, plan
from p2pbo.network.ranks import Ranks
from p2pbo.network.schedules import SCHEDULES
from p2pbo.network.streams import Stream

__all__ = [
    "NEVER",
    "NONE",
    "SCHEDULES",
    "Compression",
    "Conditions",
    "Entries",
    "Exchange",
    "LinkClock",
    "Memory",
    "Network",
    "Part",
    "Past",
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
