"""Docstrings of variables: the text behind an assignment, which Python itself forgets."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path


def variable_docstring(name: str) -> str:
    """Return the text behind the assignment of a module's variable, also where the module imports it."""
    module, _, own = name.rpartition(".")
    tree = ast.parse(Path(inspect.getsourcefile(importlib.import_module(module)) or "").read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                if own == (alias.asname or alias.name):
                    return variable_docstring(f"{node.module}.{alias.name}")
    for node, after in zip(tree.body, [*tree.body[1:], None], strict=True):
        if own in _assigned(node) and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            return inspect.cleandoc(str(after.value.value))
    return ""


def _assigned(node: ast.stmt) -> list[str]:
    """Return the names that a statement assigns."""
    targets = (
        node.targets
        if isinstance(node, ast.Assign)
        else [node.target]
        if isinstance(node, ast.AnnAssign)
        else []
    )
    return [name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)]
