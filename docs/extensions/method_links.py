"""Names of methods in the tables of methods lead to their pages, which a code host does not have."""

from __future__ import annotations

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from p2pbo.algorithms import ALGORITHMS

LINKED = ("reference/methods", "reference/costs", "how-to/cite")
"""Pages on which such names are those of methods; elsewhere ``static`` is a policy, too."""


def link_methods(document: nodes.document, page: str) -> None:
    """Wrap the names of methods on a page in links."""
    for name in list(document.findall(nodes.literal)):
        if name.astext() in ALGORITHMS:
            target = f"/reference/methods/{name.astext()}"
            link = addnodes.pending_xref(
                "", refdomain="std", reftype="doc", reftarget=target, refdoc=page, refexplicit=True
            )
            name.replace_self(link)
            link += name


def link_pages(app: Sphinx, document: nodes.document) -> None:
    """Link the methods of the page that has been read, where they are meant."""
    if app.env.docname in LINKED:
        link_methods(document, app.env.docname)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Look at each page as soon as it is read."""
    app.connect("doctree-read", link_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
