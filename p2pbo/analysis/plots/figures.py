"""Figures in p2pbo's style, and the files that they are written to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from p2pbo.analysis.plots.style import STYLE
from p2pbo.errors import InputError
from p2pbo.extras import analysis_module

if TYPE_CHECKING:
    from matplotlib.figure import Figure

IMAGE_FORMATS = (".png", ".svg", ".pdf")


def styled() -> AbstractContextManager[None]:
    """Return a context in which figures have p2pbo's style.

    Raises:
        InputError: matplotlib is not installed.
    """
    context: AbstractContextManager[None] = analysis_module("matplotlib").rc_context(STYLE)
    return context


def check_format(path: Path) -> None:
    """Check the suffix of a figure's file before anything is drawn.

    Raises:
        InputError: it is none of ``IMAGE_FORMATS``.
    """
    if path.suffix.lower() not in IMAGE_FORMATS:
        raise InputError(
            f"{path}", "has no ending of a picture format", f"call it {', '.join(IMAGE_FORMATS)}"
        )


@contextmanager
def figure_errors(path: Path) -> Iterator[None]:
    """Turn errors of writing a figure to ``path`` into InputErrors, and apply p2pbo's style.

    Raises:
        InputError: it cannot be written.
    """
    try:
        with styled():
            yield
    except OSError as error:
        reason = (error.strerror or "I/O error").lower()
        raise InputError(f"{path}", f"cannot be written ({reason})", "check the path") from None


def write_figure(figure: Figure, path: Path) -> Path:
    """Write ``figure`` to ``path``, whose folder is created.

    Raises:
        InputError: the suffix is none of ``IMAGE_FORMATS``, or the file cannot be written.
    """
    check_format(path)
    with figure_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        printable(figure).savefig(path)
    return path


def printable(figure: Figure) -> Figure:
    """Return the figure with replacement characters for bytes of names that are no UTF-8, which fonts lack."""
    for text in figure.findobj(analysis_module("matplotlib.text").Text):
        said = text.get_text()
        shown = said.encode(errors="surrogateescape").decode(errors="replace")
        if shown != said:
            text.set_text(shown)
    return figure
