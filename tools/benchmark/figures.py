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


def draw_profiles(found: Sequence[Contest], methods: Sequence[str], path: Path) -> None:
    """Draw the profiles of the methods, a panel for each cost."""
    from matplotlib.figure import Figure

    with styled():
        figure = Figure(figsize=(7.6, 5.6))
        panels = figure.subplots(2, 2, sharex=True, sharey=True).flat
        for panel, (cost, called) in zip(panels, SAVED.items(), strict=True):
            for number, method in enumerate(methods):
                factors, shares = profile(found, method, cost)
                at, to = [1.0, *factors, WIDEST], [0.0, *shares, shares[-1] if shares else 0.0]
                panel.step(at, to, where="post", label=method, **curve_style(number))
            panel.set(
                title=f"{called} ({len(won(found, cost))} contests)",
                xscale="log",
                xlim=(NEAREST, WIDEST),
                ylim=(0, 1.02),
            )
            panel.set_xticks([1, 2, 5, 10], ["1", "2", "5", "10"])
            panel.set_xticks(np.array([]), minor=True)
        for panel in figure.axes[2:]:
            panel.set_xlabel("factor of the least cost")
        figure.supylabel("share of contests")
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=4)
        write_figure(figure, path)
