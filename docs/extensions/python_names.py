"""Where names of Python in signatures and docstrings lead: public ones of p2pbo to their places, others nowhere."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.typing import ExtensionMetadata

from extensions.python_pages import places


@cache
def defined_at() -> Mapping[str, str]:
    """Return the public name of each class and function by the module and name of its definition."""
    return {
        f"{thing.__module__}.{thing.__qualname__}": name
        for name, thing in places().items()
        if hasattr(thing, "__qualname__")
    }


def is_there(name: str) -> bool:
    """Return whether a name can be imported, or is another project's, whose pages are out of reach."""
    if not name.startswith("p2pbo."):
        return True
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


def resolved(
    app: Sphinx, environment: BuildEnvironment, reference: pending_xref, text: nodes.TextElement
) -> Any:
    """Return the link to a public name that is written by its definition, or the text of one without a page."""
    if reference.get("refdomain") != "py":
        return None
    target = str(reference["reftarget"])
    public = defined_at().get(target)
    if public is not None:
        domain = environment.get_domain("py")
        return domain.resolve_xref(
            environment, reference["refdoc"], app.builder, "obj", public, reference, text
        )
    return text if is_there(target) else None


def setup(app: Sphinx) -> ExtensionMetadata:
    """Look at each reference that Sphinx has not resolved."""
    app.connect("missing-reference", resolved)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
