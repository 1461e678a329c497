"""Many runs in one dataset: choose, group, compare; for everyone who has a folder of traces, of a sweep, say.

python examples/many_traces.py FOLDER METRIC; without arguments it makes twelve short runs.
"""

# %%
import sys
import tempfile
from itertools import product
from pathlib import Path

from matplotlib.figure import Figure

import p2pbo

# %% Two topologies, two codecs, three seeds, each of which draws another problem.
folder, metric = sys.argv[1:] or (tempfile.mkdtemp(prefix="p2pbo-"), "hypergradient_norm")
if len(sys.argv) == 1:
    for topology, codec, seed in product(("ring", "complete"), ("none", "randk:0.5"), range(3)):
        out = Path(folder, f"{topology}-{codec.partition(':')[0]}-{seed}.h5")
        run = {"topology": topology, "codec": codec, "seed": seed, "out": out, "steps": 100}
        p2pbo.run(problem="quadratic", algorithm="d-soba", **run)

# %% Dims are run, step and node; what tells the runs apart are coordinates of `run`.
runs = p2pbo.open_traces(folder, names=[metric, "consensus_x", "bytes_sent"])
print(runs)

# %% Choose runs; average over all runs of a topology.
print("without a codec:", *runs.where(runs.codec == "none", drop=True).run.values)
print(runs.groupby("topology").mean().consensus_x.isel(step=-1).to_series())

# %% A table: mean and standard error over the seeds, at the last step that all runs have logged.
last = runs.dropna("step").isel(step=-1)
print(last[metric].to_dataframe().groupby(["topology", "codec"])[metric].agg(["mean", "sem", "count"]))

# %% A plot against megabytes, one curve for each codec: the mean over its runs.
figure = Figure(layout="constrained")
axes = figure.add_subplot(xlabel="sent by a node (MB)", ylabel=runs[metric].long_name, yscale="log")
for codec, group in runs.groupby("codec"):
    axes.plot(group.bytes_sent.mean(["run", "node"]) / 1e6, group[metric].mean("run"), label=codec)
axes.legend()
figure.savefig(Path(folder, "means.png"))
print("drawn:", Path(folder, "means.png"))
