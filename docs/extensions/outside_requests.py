"""Pages load nothing from other hosts: the build says where one would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata

LOADED = re.compile(
    r"<(?:link|script|img|iframe|source)\b[^>]*\b(?:src|href)=[\"']((?:https?:)?//[^\"']*)"
    r"|(?:url\(|@import )[\"']?((?:https?:)?//[^\"')]*)"
)


def outside_requests(text: str) -> Iterator[str]:
    """Yield the addresses on other hosts that a page or a style sheet loads something from; links are not loaded."""
    for of_tag, of_style in LOADED.findall(text):
        yield of_tag or of_style


def report(app: Sphinx, error: Exception | None) -> None:
    """Warn of each page and style sheet that loads something from another host."""
    for path in sorted(Path(app.outdir).rglob("*")) if error is None else ():
        if path.suffix in {".html", ".css"}:
            for address in outside_requests(path.read_text()):
                logging.getLogger(__name__).warning("%s loads %s", path.relative_to(app.outdir), address)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Look at the site when it is built."""
    app.connect("build-finished", report)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
