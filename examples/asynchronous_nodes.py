"""When one node is slow
=====================

In rounds every node waits for its slowest neighbour, and its neighbours wait for it: soon all go at the pace of the
slowest. Nodes that do not wait take what they have heard last. Does a slow node then count for less? Here, eight
unequal nodes on a ring, first all as fast as one another, then with one that is ten times slower. No cluster is needed:
``modelled_time`` is what the runs would take.
"""

import matplotlib.pyplot as plt
import networkx as nx

import p2pbo

# %%
# It is one method, in rounds and without. Either has step sizes that a search found for it.
SETTINGS = {
    "in rounds": {"alpha": 1.0, "beta": 0.35, "gamma": 0.35, "mixing": "atc-tracking"},
    "without": {"alpha": 2.8, "beta": 1.4, "gamma": 1.0},
}


def ring(slower: float) -> nx.Graph:
    """Return a ring of eight nodes of which node 0 is so many times slower, with links of 1 ms."""
    graph = nx.cycle_graph(8)
    nx.set_node_attributes(graph, {node: 1 / slower if node == 0 else 1.0 for node in graph}, "speed")
    nx.set_edge_attributes(graph, 1.0, "latency")
    return graph


# %%
# A node computes for 10 ms in each step, the slow one for 100. A run ends at a hypergradient of norm 1e-6.
figure, panels = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True, layout="constrained")
for axes, slower in zip(panels, (1, 10), strict=True):
    where = "equal nodes" if slower == 1 else f"node 0 {slower} times slower"
    for way, settings in SETTINGS.items():
        trace = p2pbo.run(
            problem="quadratic",
            algorithm="async-soba",
            settings=settings,
            topology=ring(slower),
            compute_time="10ms",
            steps=2000,
            log_every=10,
            exact="on",
            until="hypergradient_norm=1e-6",
        )
        seconds, norm = trace.values("modelled_time"), trace.values("hypergradient_norm")
        print(f"{where}, {way}: {seconds[-1]:.1f} s to ‖∇Φ(x̄)‖ = {norm[-1]:.1e}")
        axes.plot(seconds, norm, label=way)
    axes.set(title=where, xlabel="modelled seconds", yscale="log")
panels[0].set_ylabel("‖∇Φ(x̄)‖")
panels[0].legend()
plt.show()

# %%
# The last run is that of the slow node, without rounds.
print("steps of each node:", trace.values("node_steps")[-1])

# %%
# Where nodes are equal, rounds lose nothing: without them a node averages its own newest row with older ones of its
# neighbours. With one slow node each round takes 8.5 times as long. Without rounds the run takes twice as long, and
# yet the slow node counts as much as any: the end is the solution of all eight losses. That is since its neighbours
# know its tracker, which says what its gradient is, not how often it has stepped.
