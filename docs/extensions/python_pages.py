"""Pages of the Python interface: every public name of ``p2pbo`` and of its public packages, by autodoc."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from functools import cache, partial
from types import ModuleType
from typing import Any

from extensions.markdown import inline, page, table
from extensions.variable_docstrings import variable_docstring

PACKAGES = (
    "p2pbo",
    *(
        f"p2pbo.{name}"
        for name in (
            "problems",
            "topology",
            "data",
            "compression",
            "network",
            "algorithms",
            "trace",
            "analysis",
            "runner",
            "testing",
            "errors",
            "randomness",
        )
    ),
)
"""The public modules, in the order of their pages."""


def public_names(module: ModuleType) -> list[str]:
    """Return the public names of a module: its ``__all__``, or the functions and classes that it defines."""
    if hasattr(module, "__all__"):
        return list(module.__all__)
    return [
        name
        for name, found in vars(module).items()
        if not name.startswith("_")
        and (inspect.isclass(found) or inspect.isfunction(found))
        and found.__module__ == module.__name__
    ]


@cache
def places() -> Mapping[str, Any]:
    """Return what is public by its full name; a thing of two public names has its first one alone."""
    found: dict[str, Any] = {}
    for package in PACKAGES:
        module = importlib.import_module(package)
        for name in public_names(module):
            thing = getattr(module, name)
            if not any(thing is other for other in found.values()):
                found[f"{package}.{name}"] = thing
    return found


def package_page(package: str) -> str:
    """Return the page of a package with what is documented there."""
    module = importlib.import_module(package)
    summary, _, _ = (inspect.getdoc(module) or "").partition("\n\n")
    own = {name: thing for name, thing in places().items() if name.rpartition(".")[0] == package}
    return page(f"# {package}", inline(summary), *(reference(name, thing) for name, thing in own.items()))


def docstring(name: str, thing: Any) -> str:
    """Return the docstring of a class or function, or the text behind a variable."""
    is_defined = inspect.isclass(thing) or inspect.isfunction(thing)
    return (inspect.getdoc(thing) if is_defined else variable_docstring(name)) or ""


def reference(name: str, thing: Any) -> str:
    """Return the block in which Sphinx documents a public name."""
    if inspect.isclass(thing):
        directive = [f".. autoclass:: {name}", "   :members:"]
    elif inspect.isfunction(thing):
        directive = [f".. autofunction:: {name}"]
    else:
        directive = [
            f".. py:data:: {name}",
            "",
            *(f"   {line}" for line in variable_docstring(name).splitlines()),
        ]
    return "\n".join(["```{eval-rst}", *directive, "```"])


def python_page() -> str:
    """Return the overview: a table of names for each package."""
    return page(
        "# Python interface",
        "`import p2pbo` is enough for all of these.",
        *(f"## {package}\n\n{_names(package)}" for package in PACKAGES),
        "```{toctree}\n:hidden:\n\n" + "\n".join(f"python/{package}" for package in PACKAGES) + "\n```",
    )


def _names(package: str) -> str:
    rows = []
    for name, thing in places().items():
        if name.rpartition(".")[0] == package:
            text = docstring(name, thing)
            summary = text.partition("\n\n")[0].replace("\n", " ")
            rows.append((f"{{py:obj}}`~{name}`", inline(summary)))
    return table(("name", "what it is"), rows)


PYTHON_PAGES: Mapping[str, Callable[[], str]] = {
    "python.md": python_page,
    **{f"python/{package}.md": partial(package_page, package) for package in PACKAGES},
}
"""What makes the Markdown of each page, by its place in ``docs/reference``."""
