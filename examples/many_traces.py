"""Many traces in one dataset
==========================

Choose, group and compare the runs of a sweep. ``python examples/many_traces.py FOLDER METRIC`` takes the traces of your
folder; without arguments it makes twelve short runs.
"""

import sys
import tempfile
from itertools import product
from pathlib import Path

import matplotlib.pyplot as plt

import p2pbo

# %%
# Two topologies, two codecs, three seeds, each of which draws another problem.
folder, metric = sys.argv[1:] or (tempfile.mkdtemp(prefix="p2pbo-"), "hypergradient_norm")
if len(sys.argv) == 1:
    for topology, codec, seed in product(("ring", "complete"), ("none", "randk:0.5"), range(3)):
        out = Path(folder, f"{topology}-{codec.partition(':')[0]}-{seed}.h5")
        run = {"topology": topology, "codec": codec, "seed": seed, "out": out, "steps": 100}
        p2pbo.run(problem="quadratic", algorithm="d-soba", **run)

# %%
# Dims are run, step and node; what tells the runs apart are coordinates of ``run``.
runs = p2pbo.open_traces(folder, names=[metric, "consensus_x", "bytes_sent"])
print(runs)

# %%
# Choose runs; average over all runs of a topology.
print("without a codec:", *runs.where(runs.codec == "none", drop=True).run.values)
print(runs.groupby("topology").mean().consensus_x.isel(step=-1).to_series())

# %%
# A table: mean and standard error over the seeds, at the last step that all runs have logged.
last = runs.dropna("step").isel(step=-1)
print(last[metric].to_dataframe().groupby(["topology", "codec"])[metric].agg(["mean", "sem", "count"]))

# %%
# A plot against megabytes, one curve for each codec: the mean over its runs.
figure, axes = plt.subplots(figsize=(6, 3.4), layout="constrained")
axes.set(xlabel="sent by a node (MB)", ylabel=metric, yscale="log")
for codec, group in runs.groupby("codec"):
    axes.plot(group.bytes_sent.mean(["run", "node"]) / 1e6, group[metric].mean("run"), label=codec)
axes.legend()
plt.show()

# %%
# Both codecs take the same steps. Half of the entries are half of the bytes, and after 100 steps the hypergradient is
# as small.
