"""One run, looked at with xarray and pandas; for everyone who has a trace: python examples/one_trace.py RUN.h5.

Without a file it makes a short run: eight unequal nodes on a ring, D-SOBA.
"""

# %%
import sys
import tempfile
from pathlib import Path

import p2pbo
from p2pbo import analysis

# %% A run that is still going on can be opened too.
if len(sys.argv) > 1:
    trace = p2pbo.open_trace(sys.argv[1])
else:
    trace = p2pbo.run(problem="quadratic", algorithm="d-soba", nodes=8, steps=300, exact="on")
print(trace)
print(trace.description["algorithm"], "spectral gap", trace.attributes["spectral_gap"])

# %% A variable knows its steps and nodes, its unit and its meaning.
loss = trace["upper_loss"]
print(f"{loss.long_name}: {loss[0]:.4f} at first, {loss[-1]:.4f} after {loss.step[-1]:d} steps")
own = trace["node_upper_loss"]
print(f"the nodes' own losses differ by {(own.max('node') - own.min('node'))[-1]:.4f} at the end")

# %% Figures as pandas tables, one for each set of dimensions: ("step",), ("step", "node"), ("edge",), …
table = trace.frames()["step",][["upper_loss", "consensus_x", "wall_time"]]
print(table.iloc[:: max(1, len(table) // 5)])

# %% What crossed each directed edge, and what each node sent.
edges = trace["edge_bytes"].to_dataframe()
print(edges.groupby("edge_source").edge_bytes.sum())

# %% Every node's x after the last step, and a picture.
print("the nodes' x at the end:", trace.final.x.shape, "average", trace.final.x.mean(axis=0).round(3))
picture = Path(tempfile.mkdtemp(prefix="p2pbo-")) / "consensus.png"
analysis.plot_curves([trace], "iteration", "consensus_x", picture)
print("drawn:", picture)
