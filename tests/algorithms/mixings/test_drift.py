"""Rounding does not add up: in float32, too, the mean of all nodes stays at the solution, however many steps they take.

Nodes with f_i(v) = ½ ‖v − b_i‖² and U = V − b_i: whatever the mixing, the mean of V goes to the mean of the b_i.
Where x goes through a codec the b_i are equal: there some mixings stop at a floor of their unequal nodes.
"""

import numpy as np
import pytest

from p2pbo.algorithms import PARTS
from p2pbo.algorithms.lower_levels import UNMIXED
from p2pbo.algorithms.parts import MIXINGS
from p2pbo.algorithms.round_driver import RoundDriver
from p2pbo.network import EdgeCodecs, LinkFaults, Network
from p2pbo.topology import build

NODES, DIM, BETA = 6, 8, 0.1
EARLY, LATE = 400, 1600
TOPOLOGY = build("ring", NODES)
CHANNELS = {
    "exact": {},
    "exact beside codecs": {"y": ("randk:0.5", "auto")},
    "masked": {"x": ("randk:0.5", "masked")},
    "difference": {"x": ("randk:0.5", "difference")},
}
CONDITIONS = {"all edges": LinkFaults(), "changing edges": LinkFaults(schedule="random:0.6")}


def network_of(channel, conditions):
    codecs = {v: [spec] * len(TOPOLOGY.source) for v, (spec, _) in CHANNELS[channel].items()}
    own = {v: spec for v, (spec, _) in CHANNELS[channel].items()}
    ((_, how),) = CHANNELS[channel].values() or ((None, "auto"),)
    compression = EdgeCodecs(codecs, own, how)
    return Network(TOPOLOGY, dtype=np.float32, codecs=compression, faults=CONDITIONS[conditions])


def errors_of_the_mean(mixing, network, lossy):
    """|mean(V) − mean(b)| at the step EARLY and at the step LATE; a y moves beside x where it has a codec."""
    V0, b = np.random.default_rng(1).standard_normal((2, NODES, DIM)).astype(np.float32)
    b = 1 + b[:1].repeat(NODES, 0) if "x" in lossy else 1 + b
    rules = {"x": MIXINGS.make(mixing), **({"y": MIXINGS.make("gossip")} if "y" in lossy else {})}
    variables = {name: rule.start(V0) for name, rule in rules.items()}
    driver, found = RoundDriver(rules), []
    for step in range(1, LATE + 1):
        moves = [rule.move(variables[name], np.float32(BETA)) for name, rule in rules.items()]
        estimates = [variables[name].V - b for name in rules]
        variables = dict(zip(rules, driver.start(network, moves).finish(estimates), strict=True))
        if step in (EARLY, LATE):
            V = variables["x"].V.astype(np.float64)
            found.append(np.abs(V.mean(0) - b.astype(np.float64).mean(0)).max())
    return found


def admitted(mixing, channel):
    """Those without rounds have no channel; their ledgers' sums are held at every event (tests/asynchronous)."""
    made = PARTS["mixing"][mixing].make
    return not made.asynchronous and (channel.startswith("exact") or not made.needs_exact)


CASES = [
    (mixing, channel, conditions)
    for mixing in PARTS["mixing"]
    if mixing != UNMIXED
    for channel in CHANNELS
    for conditions in CONDITIONS
    if admitted(mixing, channel) and (conditions == "all edges" or channel == "exact")
]


@pytest.mark.parametrize(("mixing", "channel", "conditions"), CASES)
def test_the_mean_of_no_mixing_drifts_over_any_channel(mixing, channel, conditions):
    network = network_of(channel, conditions)
    early, late = errors_of_the_mean(mixing, network, CHANNELS[channel])
    assert late < 1e-5
    assert late < 2 * early + 1e-6
