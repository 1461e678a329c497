"""A matplotlib figure as SVG inside an HTML page.

An SVG file's prolog, metadata and namespaces have no place there; its style sheet would hold for the whole page, and
its ids would be those of the next figure, too. So what is left are shapes and text, with ids that bear the figure's
name, and only where something refers to them.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import numpy as np

from p2pbo.analysis.plots.figures import printable, styled
from p2pbo.extras import analysis_module

if TYPE_CHECKING:
    from matplotlib.figure import Figure

POINTS = 150
"""Of a curve: about as many as a panel has points of print."""
STYLE = {
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],
    "svg.hashsalt": "p2pbo",  # the same figure is the same text
}
_SKIPPED = {"metadata", "style"}
_REFERENCE = re.compile(r"(^#|url\(#)([\w.-]+)")
_DECIMALS = re.compile(r"-?\d+\.\d\d+")


def inline_svg(figure: Figure, name: str, text: str) -> str:
    """Return the ``<svg>`` element of a figure.

    Args:
        figure: curves of more than ``POINTS`` points are thinned out in it.
        name: of the figure; the ids in the element begin with it.
        text: what the figure shows, for those who cannot see it.
    """
    _thin(figure)
    file = io.BytesIO()
    with styled(), analysis_module("matplotlib").rc_context(STYLE):
        printable(figure).savefig(file, format="svg")
    root = _without_namespaces(ElementTree.fromstring(file.getvalue()))
    _name_ids(root, name)
    for path in root.iter("path"):
        path.set("d", _shortened(path.get("d", "")))
    for attribute, value in {"role": "img", "aria-label": text}.items():
        root.set(attribute, value)
    return ElementTree.tostring(root, encoding="unicode")


def _thin(figure: Figure) -> None:
    """Leave at most ``POINTS`` points of each curve and of each side of its band, the first and the last among them."""
    from matplotlib.collections import PolyCollection

    for axes in figure.axes:
        for line in axes.lines:
            points = np.asarray(line.get_xydata())
            line.set_data(*points[_spread(len(points), POINTS)].T)
        for band in axes.collections:
            if isinstance(band, PolyCollection):
                outlines = [np.asarray(path.vertices) for path in band.get_paths()]
                band.set_verts([outline[_spread(len(outline), 2 * POINTS)] for outline in outlines])


def _spread(count: int, most: int) -> np.ndarray:
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))


def _without_namespaces(element: ElementTree.Element) -> ElementTree.Element:
    """Return the element as HTML has it: ``svg`` instead of ``{http://…}svg``."""
    plain = ElementTree.Element(_local(element.tag), {_local(key): value for key, value in element.items()})
    plain.text = element.text and element.text.strip()
    plain.extend(_without_namespaces(part) for part in element if _local(part.tag) not in _SKIPPED)
    return plain


def _local(name: str) -> str:
    return name.rpartition("}")[-1]


def _name_ids(root: ElementTree.Element, name: str) -> None:
    """Drop the ids that nothing refers to, and let the others begin with ``name``."""
    referred = {found for _, _, value in _references(root) for _, found in _REFERENCE.findall(value)}
    for element, key, value in list(_references(root)):
        element.set(key, _REFERENCE.sub(rf"\1{name}-\2", value))
    for element in root.iter():
        own = element.attrib.pop("id", None)
        if own in referred:
            element.set("id", f"{name}-{own}")


def _references(root: ElementTree.Element) -> Iterator[tuple[ElementTree.Element, str, str]]:
    """Yield attributes such as ``href="#…"`` and ``clip-path="url(#…)"``."""
    for element in root.iter():
        for key, value in element.items():
            if key == "href" or "url(#" in value:
                yield element, key, value


def _shortened(path: str) -> str:
    """The path in tenths of a point; a polygon says L for line once, which is what SVG takes further corners for."""
    short = _DECIMALS.sub(lambda number: f"{float(number[0]):.1f}", " ".join(path.split()))
    return short if "C" in short or "Q" in short else re.sub(r"(?<=\d) L(?= )", "", short)
