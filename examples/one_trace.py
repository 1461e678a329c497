"""One trace, looked at
=======================

What a run leaves behind, in xarray and pandas. ``python examples/one_trace.py RUN.h5`` looks at a trace that you have;
without a file it makes a short run: D-SOBA on eight unequal nodes in a ring.
"""

import sys

import matplotlib.pyplot as plt

import p2pbo

# %%
# A run that is still going on can be opened too.
if len(sys.argv) > 1:
    trace = p2pbo.open_trace(sys.argv[1])
else:
    trace = p2pbo.run(problem="quadratic", algorithm="d-soba", nodes=8, steps=300, exact="on")
print(trace)
print(trace.description["algorithm"], "spectral gap", trace.attributes["spectral_gap"])

# %%
# A variable knows its steps and nodes, its unit and its meaning.
loss = trace["upper_loss"]
print(f"{loss.long_name}: {loss[0]:.4f} at first, {loss[-1]:.4f} after {loss.step[-1]:d} steps")
own = trace["node_upper_loss"]
print(f"the nodes' own losses differ by {(own.max('node') - own.min('node'))[-1]:.4f} at the end")

# %%
# Figures as pandas tables, one for each set of dimensions: ``("step",)``, ``("step", "node")``, ``("edge",)`` …
table = trace.frames()["step",][["upper_loss", "consensus_x", "wall_time"]]
print(table.iloc[:: max(1, len(table) // 5)])

# %%
# What crossed each directed edge, and what each node sent.
edges = trace["edge_bytes"].to_dataframe()
print(edges.groupby("edge_source").edge_bytes.sum())

# %%
# Every node's x after the last step.
print("the nodes' x at the end:", trace.final.x.shape, "average", trace.final.x.mean(axis=0).round(3))

# %%
# xarray draws what it holds: a curve for each node, and one of the disagreement.
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
own.plot.line(ax=left, x="step", add_legend=False)
left.set(title="upper loss of each node", ylabel="")
trace["consensus_norm_x"].plot(ax=right, yscale="log")
right.set(title="how far the nodes' x are apart", ylabel="")
plt.show()

# %%
# The nodes have different problems. The average of their losses falls; some nodes' own losses rise, as they give way
# to the others. Right, D-SOBA on unequal nodes: after 150 steps they come no closer to each other.
