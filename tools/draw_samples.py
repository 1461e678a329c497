"""Draw the hyper-objective against the samples that all nodes have drawn, a panel for each number of nodes.

    python tools/draw_samples.py FOLDER OUT.png

A sample is a row of a batch, counted for each batch that it is in, and once where a batch is evaluated at two points.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import matplotlib
import numpy as np
import typer
from matplotlib.figure import Figure
from numpy.typing import NDArray

from p2pbo.analysis.plots.style import STYLE, curve_style
from p2pbo.method_names import method_name
from p2pbo.trace import Trace, open_trace


def batches(algorithm: Mapping[str, Any]) -> int:
    """Return how many batches a step of a method draws: ξ and ζ, and fresh ζ for local steps and Neumann factors."""
    if algorithm["hypergradient"] == "neumann":
        return 1 + algorithm["inner_steps"] + 1 + int(algorithm["terms"])
    return 2


def drawn(trace: Trace) -> NDArray[np.int64]:
    """Return the samples that all nodes have drawn by each logged step."""
    algorithm, nodes = trace.description["algorithm"], trace.description["nodes"]
    t = np.arange(trace.description["steps"])
    period = algorithm.get("page_period") or len(t)
    large = (t % period == 0) & ("first_batch" in algorithm)
    sizes = np.where(large, algorithm.get("first_batch", 0), algorithm["batch"])
    total = np.concatenate([[0], np.cumsum(nodes * batches(algorithm) * sizes)])
    return total[trace.values("step")]


def label(trace: Trace) -> str:
    """Return the name of a method, with its estimator where that is not its own."""
    algorithm = trace.description["algorithm"]
    return method_name(algorithm["name"]) + (" with PAGE" if algorithm.get("estimator") == "page" else "")


def main(
    folder: Annotated[Path, typer.Argument(help="The traces of runs/sweep-ijcnn1.toml.")],
    out: Annotated[Path, typer.Argument(help="The picture.")],
) -> None:
    """Draw the mean over seeds of each method, and its range."""
    panels: dict[int, dict[str, list[Trace]]] = defaultdict(lambda: defaultdict(list))
    for trace in map(open_trace, sorted(folder.glob("*.h5"))):
        panels[trace.description["nodes"]][label(trace)].append(trace)
    style: Any = STYLE
    with matplotlib.rc_context(style):
        figure = Figure(figsize=(8, 3.4))
        axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        for axis, (nodes, methods) in zip(axes, sorted(panels.items()), strict=True):
            for number, (name, traces) in enumerate(sorted(methods.items())):
                values = np.stack([trace.values("hyper_objective") for trace in traces])
                thousands = drawn(traces[0]) / 1000
                line = curve_style(number)
                axis.plot(thousands, values.mean(0), label=name, **line)
                axis.fill_between(thousands, values.min(0), values.max(0), color=line["color"], alpha=0.2)
                print(
                    f"{nodes} {name}: {values[:, -1].mean():.4f} after {thousands[-1]:.0f} thousand samples"
                )
            axis.set(xlabel="samples drawn by all nodes (thousands)", yscale="log")
            axis.set_title("one node" if nodes == 1 else f"ring of {nodes}")
        axes[0].set_ylabel("hyper-objective")
        axes[0].legend()
        figure.savefig(out, dpi=110)


if __name__ == "__main__":
    typer.run(main)
