"""A matplotlib figure as SVG inside an HTML page.

The prolog, metadata and namespaces of an SVG file are invalid there; its style sheet would apply to the whole page, and
its ids would clash with those of the next figure. So shapes and text are left, with ids that begin with the name of
the figure, and only where something refers to them.
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

MOST_POINTS = 150
"""The most points of a curve: about as many as a panel has points of print."""
SVG_STYLE = {
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],
    "svg.hashsalt": "p2pbo",  # the same figure is the same text
}
_SKIPPED = {"metadata", "style"}
_REFERENCE = re.compile(r"(^#|url\(#)([\w.-]+)")
_DECIMALS = re.compile(r"-?\d+\.\d\d+")


def inline_svg(figure: Figure, name: str, text: str) -> str:
    """Return the ``<svg>`` element of a figure.

    Args:
        figure: the figure; its curves of more than ``MOST_POINTS`` points are thinned out.
        name: the name of the figure, with which the ids in the element begin.
        text: the alternative text of the figure.
    """
    _thin(figure)
    file = io.BytesIO()
    with styled(), analysis_module("matplotlib").rc_context(SVG_STYLE):
        printable(figure).savefig(file, format="svg")
    root = _without_namespaces(ElementTree.fromstring(file.getvalue()))
    _name_ids(root, name)
    for path in root.iter("path"):
        path.set("d", _shortened(path.get("d", "")))
    for attribute, value in {"role": "img", "aria-label": text}.items():
        root.set(attribute, value)
    return ElementTree.tostring(root, encoding="unicode")


def _thin(figure: Figure) -> None:
    """Leave at most ``MOST_POINTS`` points, first and last included, of each curve and of each side of its band."""
    from matplotlib.collections import PolyCollection

    for axes in figure.axes:
        for line in axes.lines:
            points = np.asarray(line.get_xydata())
            line.set_data(*points[_spread(len(points), MOST_POINTS)].T)
        for band in axes.collections:
            if isinstance(band, PolyCollection):
                outlines = [np.asarray(path.vertices) for path in band.get_paths()]
                band.set_verts([outline[_spread(len(outline), 2 * MOST_POINTS)] for outline in outlines])


def _spread(count: int, most: int) -> np.ndarray:
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))


def _without_namespaces(element: ElementTree.Element) -> ElementTree.Element:
    """Return the element in the form of HTML: ``svg`` instead of ``{http://…}svg``."""
    plain = ElementTree.Element(_local(element.tag), {_local(key): value for key, value in element.items()})
    plain.text = element.text and element.text.strip()
    plain.extend(_without_namespaces(part) for part in element if _local(part.tag) not in _SKIPPED)
    return plain


def _local(name: str) -> str:
    return name.rpartition("}")[-1]


def _name_ids(root: ElementTree.Element, name: str) -> None:
    """Drop the ids that nothing refers to, and put ``name`` before the others."""
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
    """Return a path in tenths of a point, with the command L of a polygon once, since SVG implies it afterwards."""
    short = _DECIMALS.sub(lambda number: f"{float(number[0]):.1f}", " ".join(path.split()))
    return short if "C" in short or "Q" in short else re.sub(r"(?<=\d) L(?= )", "", short)
