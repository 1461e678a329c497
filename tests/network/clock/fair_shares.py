"""Messages whose cards share bandwidth fairly, simulated from event to event.

Between two events every message that is on its way has a rate: all rates are raised together, and one that goes through
a full card or edge stays as it is (max-min fairness, as TCP aims at it).
"""

import numpy as np


def arrivals(topology, sizes, starts, edge_bandwidth, card_bandwidth):
    """When each directed edge's message, which begins to flow at ``starts``, has arrived."""
    ways = [
        [("out", int(i)), ("in", int(j)), ("edge", edge)]
        for edge, (i, j) in enumerate(zip(topology.source, topology.target, strict=True))
    ]
    limits = {("edge", edge): rate for edge, rate in enumerate(edge_bandwidth)}
    limits |= {(way, node): rate for node, rate in enumerate(card_bandwidth) for way in ("out", "in")}
    left, ended, now = np.array(sizes, dtype=float), np.full(len(sizes), np.nan), min(starts)
    while np.isnan(ended).any():
        waiting = np.isnan(ended) & (starts > now)
        flowing = np.flatnonzero(np.isnan(ended) & ~waiting).tolist()
        rates = fair_rates({edge: ways[edge] for edge in flowing}, limits)
        ends = [now + left[edge] / rates[edge] for edge in flowing]
        following = min([*ends, *starts[waiting]])
        for edge, end in zip(flowing, ends, strict=True):
            left[edge] -= rates[edge] * (following - now)
            if end <= following * (1 + 1e-13):
                ended[edge] = following
        now = following
    return ended


def fair_rates(ways, limits):
    """Rates that are raised together until something on the way is full."""
    rates, rising, room = dict.fromkeys(ways, 0.0), set(ways), dict(limits)
    while rising:
        users = {}
        for message in rising:
            for part in ways[message]:
                users.setdefault(part, []).append(message)
        more = min(room[part] / len(through) for part, through in users.items())
        for message in rising:
            rates[message] += more
        for part, through in users.items():
            room[part] -= more * len(through)
        full = {part for part in users if room[part] <= 1e-9 * limits[part]}
        rising = {message for message in rising if full.isdisjoint(ways[message])}
    return rates
