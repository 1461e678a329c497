"""Your own topology
=================

A topology is a networkx graph, the mixing matrix itself, or a family of graphs with a name.
"""

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
from pydantic import PositiveInt

import p2pbo
from p2pbo.topology import GRAPHS, build, spectral_report


def run(name: str, topology: str | nx.Graph | np.ndarray, nodes: int | None = None) -> None:
    """What the graph makes of one method."""
    trace = p2pbo.run(problem="quadratic", algorithm="d-soba", topology=topology, nodes=nodes, steps=100)
    consensus, gap = trace.values("consensus_x")[-1], trace.attributes["spectral_gap"]
    print(
        f"{name}: {trace.description['nodes']} nodes, spectral gap {gap:.3f}, consensus error {consensus:.1e}"
    )


# %%
# A networkx graph: any labels; Metropolis–Hastings weights, or others by ``weights=``.
offices = nx.Graph(
    [("Rome", "Bern"), ("Bern", "Paris"), ("Paris", "Lyon"), ("Lyon", "Rome"), ("Bern", "Lyon")]
)
run("offices", offices)

# %%
# The matrix W itself: symmetric, its rows sum to 1.
W = np.array([[0.6, 0.2, 0.0, 0.2], [0.2, 0.6, 0.2, 0.0], [0.0, 0.2, 0.6, 0.2], [0.2, 0.0, 0.2, 0.6]])
run("matrix", W)


# %%
# A family with a setting of its own, by name from here on.
@GRAPHS.register("ladder", argument="rungs_every")
def ladder(nodes: int, seed: int, /, *, rungs_every: PositiveInt = 1) -> nx.Graph:
    """Two lines side by side, with a rung between them at every so many nodes."""
    half = nodes // 2
    graph = nx.Graph()
    graph.add_nodes_from(range(nodes))
    nx.add_path(graph, range(half))
    nx.add_path(graph, range(half, nodes))
    graph.add_edges_from((i, half + i) for i in range(0, half, rungs_every))
    return graph


for spec in ("ladder", "ladder:3"):
    run(spec, spec, nodes=14)
print("rounds to halve a disagreement:", round(spectral_report(build("ladder", 14)).rounds_to_halve, 1))

# %%
# The offices, and two ladders of 14 nodes.
figure, axes = plt.subplots(1, 3, figsize=(9, 2.8), layout="constrained")
graphs = {"offices": offices, "ladder": ladder(14, 0), "ladder:3": ladder(14, 0, rungs_every=3)}
for plot, (name, graph) in zip(axes, graphs.items(), strict=True):
    nx.draw_networkx(graph, nx.kamada_kawai_layout(graph), ax=plot, node_color="lightblue", font_size=8)
    plot.set_title(name)
    plot.set_axis_off()
plt.show()

# %%
# ``ladder:3`` has fewer rungs and yet the larger spectral gap: with Metropolis weights, nodes of fewer neighbours give
# more to each of them.
