"""Links to what is outside the site: a code host follows them, the site shows their text alone.

These are folders of the repository and, in the changelog, files beside it; scripts that pages link to are downloads.
"""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

ROOT = Path(__file__).resolve().parents[2]


def leads_outside(target: str, page: Path) -> bool:
    """Return whether a link leads to a folder or, as the changelog's do, to something in the repository's top."""
    return (page.parent / target).is_dir() or (ROOT / target).exists()


def unlink_outside(app: Sphinx, document: nodes.document) -> None:
    """Replace links out of the site by their text."""
    for link in list(document.findall(addnodes.pending_xref)):
        page = Path(app.env.doc2path(link.get("refdoc", app.env.docname)))
        leads_to_page = link.get("refdomain") == "doc"  # such as papers.md, beside a folder of that name
        if link["reftype"] == "myst" and not leads_to_page and leads_outside(link["reftarget"], page):
            link.replace_self(link.children)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Look at the links of each page as soon as it is read."""
    app.connect("doctree-read", unlink_outside)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
