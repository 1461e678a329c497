"""A plot of the eigenvalues of W and the spectral gap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from p2pbo.analysis.plots.style import BAND_OPACITY, COLOURS, GREY
from p2pbo.topology import SpectralReport, Topology
from p2pbo.topology.spectrum.spectral_measure import spectral_measure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BLUE, _VERMILION, _DARK_VERMILION = COLOURS[0], COLOURS[1], "#A84300"
_MARKED_EIGENVALUES = 64


def draw_spectrum(axes: Axes, topology: Topology, report: SpectralReport) -> None:
    """Draw all eigenvalues in descending order, and shade the spectral gap."""
    from matplotlib.ticker import MaxNLocator

    measure, K = spectral_measure(topology), topology.nodes
    value, share = measure.value.ravel(), measure.share.ravel() / len(measure.value)
    order = np.argsort(-value)
    number, exact = K * np.cumsum(share[order]), value.size == K
    _mark_gap(axes, report)
    axes.plot(number, value[order], "o" if K <= _MARKED_EIGENVALUES else "-", color=_BLUE, ms=3.5)
    axes.set_xlim(0.5 - K / 50, K * 1.02 + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.set_xlabel("number, from the largest" + ("" if exact else " (by Lanczos quadrature)"))
    axes.set_ylabel("eigenvalue of W")
    axes.set_ylim(-1.05, 1.05)
    axes.grid(visible=False)


def _mark_gap(axes: Axes, report: SpectralReport) -> None:
    """Shade the gap, |eigenvalue| > λ, and write its value above the axes, where no point can be."""
    for low, high in ((report.contraction, 1.0), (-1.0, -report.contraction)):
        axes.axhspan(low, high, color=_VERMILION, alpha=BAND_OPACITY, lw=0)
    for edge in (report.contraction, -report.contraction):
        axes.axhline(edge, color=_VERMILION, lw=0.9, ls="--")
    axes.axhline(0, color=GREY, lw=0.5)
    rounds = f"{report.rounds_to_halve:.3g}"
    axes.set_title(
        f"spectral gap 1 − λ = {report.gap:.3g}\n"
        f"a disagreement halves in {rounds} round{'s' * (rounds != '1')}",
        fontsize="medium",
        color=_DARK_VERMILION,
    )
