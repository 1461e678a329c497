"""Names of methods become links to their pages; other code does not."""

from docutils import nodes
from docutils.frontend import get_default_settings
from docutils.parsers.rst import Parser
from docutils.utils import new_document
from extensions.method_links import link_methods
from sphinx import addnodes


def test_methods_are_linked_and_other_code_is_not():
    document = new_document("page", get_default_settings(Parser))
    document += nodes.paragraph("", "", nodes.literal("", "mdbo"), nodes.literal("", "eta"))
    link_methods(document, "reference/methods")
    (link,) = document.findall(addnodes.pending_xref)
    assert (link["reftarget"], link.astext()) == ("/reference/methods/mdbo", "mdbo")
