"""Reference pages that are made from the package each time the site is built; git ignores them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from extensions.command_page import command_page
from extensions.costs_page import costs_page
from extensions.method_pages import method_page
from extensions.python_pages import PYTHON_PAGES
from extensions.settings_page import settings_page
from extensions.trace_page import trace_page
from p2pbo.algorithms import ALGORITHMS

PAGES: Mapping[str, Callable[[], str]] = {
    **{f"methods/{name}.md": partial(method_page, name) for name in ALGORITHMS},
    "costs.md": costs_page,
    "settings.md": settings_page,
    "command-line.md": command_page,
    "trace-schema.md": trace_page,
    **PYTHON_PAGES,
}
"""What makes the Markdown of each page, by its place in ``docs/reference``."""


def write_pages(app: Sphinx) -> None:
    """Write the pages that have changed, and remove those of what is no more."""
    reference = Path(app.srcdir) / "reference"
    for place, make in PAGES.items():
        path, text = reference / place, make()
        path.parent.mkdir(exist_ok=True)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
    for path in reference.glob("*/*.md"):
        if str(path.relative_to(reference)) not in PAGES:
            path.unlink()


def setup(app: Sphinx) -> ExtensionMetadata:
    """Write the pages before Sphinx looks for its sources."""
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
