"""The report: one HTML page for a folder of traces, with all that it shows inside it.

The page needs no network and runs no scripts. Figures are SVG elements with text as text; figures in tables have all
their digits in the ``value`` of a ``<data>`` element. It is written from ``templates/`` with Jinja2.
"""

from __future__ import annotations

from pathlib import Path

from p2pbo.analysis.comparison.target import Target
from p2pbo.analysis.html_report.folder import Asked
from p2pbo.analysis.html_report.page import html
from p2pbo.errors import InputError

__all__ = ["Asked", "report"]

NAME = "report.html"


def report(
    folder: Path, target: Target | None = None, out: Path | None = None, asked: Asked | None = None
) -> Path:
    """Write the report of the traces in ``folder``; one that is there already is replaced.

    It can be made while a sweep goes on: files that cannot be read and runs that are not completed are named.

    Args:
        folder: holds traces, ``*.h5``.
        target: what runs are compared by; by default the upper loss that the median of the groups ends with.
        out: the page; by default ``report.html`` in the folder.
        asked: what a sweep was asked for: what is missing of it is named.

    Returns:
        The path of the page.

    Raises:
        InputError: there is no such folder, it holds no traces, they cannot be compared by the given target, the
            page cannot be written, or Jinja2 or matplotlib is not installed.
    """
    place = out or folder / NAME
    page = html(folder, target, asked)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(page, encoding="utf-8", errors="replace")  # names that are no UTF-8
    except OSError as error:
        reason = (error.strerror or "I/O error").lower()
        raise InputError(f"{place}", f"cannot be written ({reason})", "choose another --out") from None
    return place
