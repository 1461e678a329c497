"""The report: one self-contained HTML page for a folder of traces.

The page needs no network and runs no scripts. Figures are SVG elements with text as text; numbers in tables have all
their digits in the ``value`` of a ``<data>`` element. It is rendered from ``templates/`` with Jinja2.
"""

from __future__ import annotations

from pathlib import Path

from p2pbo.analysis.comparison.target import Target
from p2pbo.analysis.html_report.folder import SweepPlan
from p2pbo.analysis.html_report.page import render_page
from p2pbo.errors import InputError

__all__ = ["SweepPlan", "write_report"]

NAME = "report.html"


def write_report(
    folder: Path, target: Target | None = None, out: Path | None = None, plan: SweepPlan | None = None
) -> Path:
    """Write the report of the traces in ``folder``, and replace one that exists.

    It can be written while a sweep goes on: files that cannot be read and runs that are not completed are named.

    Args:
        folder: the folder of traces, ``*.h5``.
        target: the target of the comparison; by default the final upper loss of the median group.
        out: the page; by default ``report.html`` in the folder.
        plan: the plan of a sweep, whose missing runs are named.

    Returns:
        The path of the page.

    Raises:
        InputError: there is no such folder, it holds no traces, they cannot be compared by the given target, the
            page cannot be written, or Jinja2 or matplotlib is not installed.
    """
    place = out or folder / NAME
    page = render_page(folder, target, plan)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(page, encoding="utf-8", errors="replace")  # names that are no UTF-8
    except OSError as error:
        reason = (error.strerror or "I/O error").lower()
        raise InputError(f"{place}", f"cannot be written ({reason})", "choose another --out") from None
    return place
