"""How p2pbo's figures look: one column wide, readable in print and in grey, safe for colour-blind readers."""

from __future__ import annotations

from typing import Any

STYLE: dict[str, Any] = {
    "figure.figsize": (5.2, 3.4),
    "figure.constrained_layout.use": True,
    "savefig.dpi": 200,
    "font.size": 9.0,
    "axes.titlesize": 9.5,
    "axes.labelsize": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#d9d9d9",
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.5,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "legend.handlelength": 2.8,
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
}

# Okabe & Ito (2008) without its yellow, which is lost on white paper
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
# 4 beside 7 colours: 28 series before a pair comes again
LINES = ("-", "--", "-.", ":")
BAND_OPACITY = 0.15


def series_style(number: int) -> dict[str, Any]:
    """Colour and line style of the series ``number``, as keywords of matplotlib's ``plot``."""
    return {"color": COLOURS[number % len(COLOURS)], "linestyle": LINES[number % len(LINES)]}
