"""Network: nodes on ranks, and the persistent nonblocking exchange between neighbours."""

from p2pbo.network.exchange import Exchange, PeerError
from p2pbo.network.network import Network, Pending
from p2pbo.network.placement import Placement
from p2pbo.network.plan import Plan, plan
from p2pbo.network.ranks import Ranks

__all__ = ["Exchange", "Network", "PeerError", "Pending", "Placement", "Plan", "Ranks", "plan"]
