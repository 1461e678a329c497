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

FORMATS = (".png", ".svg", ".pdf")


def styled() -> AbstractContextManager[None]:
    """p2pbo's style for what is drawn inside.

    Raises:
        InputError: matplotlib is not installed.
    """
    context: AbstractContextManager[None] = analysis_module("matplotlib").rc_context(STYLE)
    return context


def check_format(path: Path) -> None:
    """Check the ending of a figure's name before anything is drawn.

    Raises:
        InputError: it is none of ``FORMATS``.
    """
    if path.suffix.lower() not in FORMATS:
        raise InputError(f"{path}", "has no ending of a picture format", f"call it {', '.join(FORMATS)}")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Around what writes a figure to ``path``.

    Raises:
        InputError: it cannot be written.
    """
    try:
        with styled():
            yield
    except OSError as error:
        reason = (error.strerror or "I/O error").lower()
        raise InputError(f"{path}", f"cannot be written ({reason})", "check the path") from None


def write(figure: Figure, path: Path) -> Path:
    """Write ``figure`` to ``path``, and make the folder that it is to lie in.

    Raises:
        InputError: the name ends in none of ``FORMATS``, or the file cannot be written.
    """
    check_format(path)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        printable(figure).savefig(path)
    return path


def printable(figure: Figure) -> Figure:
    """Return the figure, with replacement characters for what in a name is no UTF-8: fonts know no bytes."""
    for text in figure.findobj(analysis_module("matplotlib.text").Text):
        said = text.get_text()
        shown = said.encode(errors="surrogateescape").decode(errors="replace")
        if shown != said:
            text.set_text(shown)
    return figure
