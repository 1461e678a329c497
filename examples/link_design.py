"""Which topology for my links?
============================

A dense topology needs fewer steps, a sparse one sends less in each. What is faster depends on the links: here, the same
run of D-SOBA on 32 unequal nodes over four topologies, on two kinds of links. No cluster is needed: ``modelled_time``
is what the steps would take there.
"""

import matplotlib.pyplot as plt
import networkx as nx

import p2pbo
from p2pbo.topology import build

# %%
# Nodes at home share an uplink of 1 Mbit/s among their neighbours. Data centres are 50 ms apart, and bytes cost little.
LINKS = {
    "homes: 1 Mbit/s, 5 ms": {"bandwidth": 1.25e5, "latency": 5.0},
    "data centres: 1 Gbit/s, 50 ms": {"bandwidth": 1.25e8, "latency": 50.0},
}
TOPOLOGIES = ("ring", "torus", "exponential", "complete")


def placed(name: str, bandwidth: float, latency: float) -> nx.Graph:
    """The topology with a network card of so many bytes per second at each node, and milliseconds on each edge."""
    graph = nx.Graph(build(name, 32).graph)
    nx.set_node_attributes(graph, bandwidth, "bandwidth")
    nx.set_edge_attributes(graph, latency, "latency")
    return graph


# %%
# The target is a hypergradient of norm 0.2. It is the same number of steps on both kinds of links, not the same time.
figure, panels = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True, layout="constrained")
for axes, (where, links) in zip(panels, LINKS.items(), strict=True):
    for name in TOPOLOGIES:
        trace = p2pbo.run(
            problem={"name": "quadratic", "dim_x": 100, "dim_y": 80},
            algorithm="d-soba",
            topology=placed(name, **links),
            steps=400,
            compute_time="5ms",
            exact="on",
        )
        seconds, norm = trace.values("modelled_time"), trace.values("hypergradient_norm")
        reached = norm <= 0.2
        when = f"{seconds[reached.argmax()]:.1f} s" if reached.any() else "never"
        print(f"{where}, {name}: {when}")
        axes.plot(seconds, norm, label=name)
    axes.axhline(0.2, color="gray", linestyle=":")
    axes.set(title=where, xlabel="seconds", yscale="log", xscale="log")
panels[0].set_ylabel("‖∇Φ(x̄)‖")
panels[0].legend()
plt.show()

# %%
# At home the ring is there first and the complete graph last: its nodes share an uplink among 31 neighbours. Between
# data centres a round takes as long on every topology. So the ring, which needs most steps, is last, and the torus does
# as well as the complete graph. Both pictures show the floors, too, which are lower the denser the topology is.
