"""The report: one self-contained HTML page for a folder of traces, or for several.

The page needs no network and runs no scripts. Figures are SVG elements with text as text; numbers in tables have all
their digits in the ``value`` of a ``<data>`` element. It is rendered from ``templates/`` with Jinja2.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from p2pbo.analysis.comparison.paired import Figure
from p2pbo.analysis.html_report.folder import SweepPlan
from p2pbo.analysis.html_report.page import render_page
from p2pbo.errors import InputError
from p2pbo.trace.target import Target

__all__ = ["SweepPlan", "write_report"]

NAME = "report.html"


def write_report(
    folder: Path | Sequence[Path],
    target: Target | None = None,
    out: Path | None = None,
    plan: SweepPlan | None = None,
    paired: Figure | None = None,
) -> Path:
    """Write the report of the traces in ``folder``, and replace one that exists.

    It can be written while a sweep goes on: files that cannot be read and runs that are not completed are named.

    Args:
        folder: the folder of traces, ``*.h5``; or several folders and traces.
        target: the target of the comparison; by default the final upper loss of the median group.
        out: the page; by default ``report.html`` in the folder; of several places it must be given.
        plan: the plan of a sweep, whose missing runs are named.
        paired: what every two rows are compared by seed by seed; None: they are not.

    Returns:
        The path of the page.

    Raises:
        InputError: there is no such folder, it holds no traces, they cannot be compared by the given target
            or seed by seed, there is no place for the page, it cannot be written, or Jinja2 or matplotlib is not
            installed.
    """
    places = [folder] if isinstance(folder, Path) else list(dict.fromkeys(folder))
    place = out or _default_place(places)
    page = render_page(places, target, plan, paired)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(page, encoding="utf-8", errors="replace")  # names that are no UTF-8
    except OSError as error:
        reason = (error.strerror or "I/O error").lower()
        raise InputError(f"{place}", f"cannot be written ({reason})", "choose another --out") from None
    return place


def _default_place(places: Sequence[Path]) -> Path:
    if len(places) > 1 or places[0].is_file():
        what = "of several folders or traces" if len(places) > 1 else f"of the trace {places[0]}"
        raise InputError(f"the report {what}", "has no folder to lie in", "give --out PAGE.html")
    return places[0] / NAME
