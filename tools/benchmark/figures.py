"""The performance profiles: of each method, the share of contests in which it comes within a factor of the best."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmark.advice import SAVED
from benchmark.scores import Contest, profile, won
from p2pbo.analysis.plots.figures import styled, write_figure
from p2pbo.analysis.plots.style import curve_style

NEAREST, WIDEST = 0.96, 10.0
"""The factors between which profiles are drawn: a bit below 1, that the best are seen to rise there."""

COLUMNS = 2
"""How many panels are side by side, where there are so many."""


def draw_profiles(found: Sequence[Contest], methods: Sequence[str], costs: Sequence[str], path: Path) -> None:
    """Draw the profiles of the methods, a panel for each of these costs."""
    from matplotlib.figure import Figure

    columns = min(COLUMNS, len(costs))
    rows = len(costs) // columns
    with styled():
        figure = Figure(figsize=(1.6 + 3.0 * columns, 1.2 + 2.2 * rows))
        panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for panel, cost in zip(panels.flat, costs, strict=True):
            for number, method in enumerate(methods):
                factors, shares = profile(found, method, cost)
                at, to = [1.0, *factors, WIDEST], [0.0, *shares, shares[-1] if shares else 0.0]
                panel.step(at, to, where="post", label=method, **curve_style(number))
            panel.set(
                title=f"{SAVED[cost]} ({len(won(found, cost))} contests)",
                xscale="log",
                xlim=(NEAREST, WIDEST),
                ylim=(0, 1.02),
            )
            panel.set_xticks([1, 2, 5, 10], ["1", "2", "5", "10"])
            panel.set_xticks(np.array([]), minor=True)
        for panel in panels[-1]:
            panel.set_xlabel("factor of the least cost")
        figure.supylabel("share of contests")
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2 + columns)
        write_figure(figure, path)
