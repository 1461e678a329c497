"""The style of p2pbo's figures: one column wide, readable in print and in grey, safe for colour-blind readers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from p2pbo.extras import analysis_module

if TYPE_CHECKING:
    from matplotlib.colors import Colormap

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
    "figure.labelsize": 9.0,
    "figure.titlesize": 9.5,
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
}

# Okabe & Ito (2008) without its yellow, which is lost on white paper
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
GREY = "#6E6E6E"
# 4 beside 7 colours: 28 curves before a pair repeats
LINES = ("-", "--", "-.", ":")
BAND_OPACITY = 0.15
PALEST = 0.12
"""The beginning of the colour map: paler colours are lost on white paper."""


def curve_style(number: int) -> dict[str, Any]:
    """Return colour and line style of curve ``number``, as keywords of matplotlib's ``plot``."""
    return {"color": COLOURS[number % len(COLOURS)], "linestyle": LINES[number % len(LINES)]}


def colour_map() -> Colormap:
    """Return p2pbo's colour map: viridis, darker for larger values, which stand out on white paper."""
    viridis = analysis_module("matplotlib").colormaps["viridis_r"]
    shades = viridis(np.linspace(PALEST, 1, 256))
    map_: Colormap = analysis_module("matplotlib.colors").ListedColormap(shades, name="p2pbo")
    return map_
