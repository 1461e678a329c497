"""The gallery: the order of its examples, and links from pages to scripts, which lead to their pages on the site."""

from __future__ import annotations

from pathlib import PurePosixPath

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

ORDER = (
    "first_plot",
    "one_trace",
    "many_traces",
    "floors",
    "hyper_cleaning",
    "few_shot",
    "link_design",
    "asynchronous_nodes",
    "directed_graphs",
    "compression",
    "unequal_nodes",
    "own_problem",
    "own_lower_level",
    "own_topology",
    "own_codec",
    "own_method",
)
"""The examples, from what a newcomer tries first to what few need."""


def place(filename: str) -> int:
    """Return the place of an example in the gallery.

    Raises:
        ValueError: the example is not in :data:`ORDER`.
    """
    return ORDER.index(PurePosixPath(filename).stem)


def gallery_page(target: str) -> str | None:
    """Return the page of the site for a link to ``examples/`` or a script in it; None for other links."""
    path = PurePosixPath(target)
    if path.name == "examples":
        return "/gallery/index"
    return f"/gallery/{path.stem}" if path.parent.name == "examples" and path.suffix == ".py" else None


def link_examples(app: Sphinx, document: nodes.document) -> None:
    """Let links to examples lead to their pages."""
    for kind in (addnodes.pending_xref, addnodes.download_reference):
        for link in list(document.findall(kind)):
            if page := gallery_page(link.get("reftarget", "")):
                link.replace_self(_page_link(page, link))


def _page_link(page: str, link: nodes.Element) -> addnodes.pending_xref:
    return addnodes.pending_xref(
        "",
        *link.children,
        refdomain="std",
        reftype="doc",
        reftarget=page,
        refexplicit=True,
        refwarn=True,
        refdoc=link.get("refdoc"),
    )


def setup(app: Sphinx) -> ExtensionMetadata:
    """Look at the links of each page before those to folders lose theirs."""
    app.connect("doctree-read", link_examples, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
