"""The picture of the largest stable step sizes."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from asynchronous.tables import StableSteps
from p2pbo.analysis.plots.figures import styled
from p2pbo.analysis.plots.style import curve_style

NAME = "asynchronous-stable-steps.png"
DPI = 120


def draw(folder: Path, latencies: StableSteps, slownesses: StableSteps) -> Path:
    """Draw the steps against latency and against slowness into a folder; return the file."""
    with styled():
        figure = Figure(figsize=(7.0, 3.2))
        left, right = figure.subplots(1, 2, sharey=True)
        for axes, found in ((left, latencies), (right, slownesses)):
            for number, (graph, steps) in enumerate(found.items()):
                axes.plot(
                    [*steps], [*steps.values()], marker="o", markersize=3, label=graph, **curve_style(number)
                )
            axes.set(xscale="log", yscale="log")
        left.set(xlabel="latency (computing times)", ylabel="largest stable step")
        right.set(xlabel="how many times slower one node is")
        figure.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=4)
        folder.mkdir(parents=True, exist_ok=True)
        figure.savefig(folder / NAME, dpi=DPI)
    return folder / NAME
