"""Figures of findings: points with their seeds, the fitted line, and one with the predicted slope."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

from p2pbo.analysis.plots.figures import styled
from p2pbo.analysis.plots.style import COLOURS, GREY
from theory.claims import Claim, Finding, Rule

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PANEL, HEIGHT, DPI = 2.4, 2.3, 80


def draw(findings: list[Finding], path: Path) -> None:
    """Draw a panel for each finding."""
    with styled():
        figure, panels = plt.subplots(
            1, len(findings), figsize=(PANEL * len(findings), HEIGHT), layout="constrained", squeeze=False
        )
        for axes, finding in zip(panels[0], findings, strict=True):
            panel(axes, finding)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=DPI, metadata={"Software": None})
        plt.close(figure)


def panel(axes: Axes, finding: Finding) -> None:
    """Draw a finding."""
    claim, means = finding.claim, finding.means
    for x, values in finding.values.items():
        axes.plot([x] * len(values), values, ".", color=GREY, markersize=3, alpha=0.6)
    axes.plot([*means], [*means.values()], "o", color=COLOURS[0], markersize=4)
    axes.set(xscale="log", yscale="log", xlabel=claim.across, ylabel=claim.of)
    axes.set_xticks([*means], [f"{x:.3g}" for x in means], fontsize=7)
    axes.set_xticks([], minor=True)
    if claim.rule is not Rule.VANISHES:
        lines(axes, claim, finding)
        axes.legend(fontsize=7.5)


def lines(axes: Axes, claim: Claim, finding: Finding) -> None:
    """Draw the fitted line and, through the middle of the points, one with the predicted slope."""
    fit, ends = finding.fit, np.array([min(finding.means), max(finding.means)])
    axes.plot(ends, [fit.at(x) for x in ends], color=COLOURS[0], label=f"fitted {fit.slope:.2f}")
    centre = float(np.exp(np.mean(np.log([*finding.means]))))
    predicted = fit.at(centre) * (ends / centre) ** claim.predicted
    axes.plot(ends, predicted, "--", color=COLOURS[1], label=f"predicted {claim.predicted:g}")
