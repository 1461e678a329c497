"""The digest of the source files that a method is made of: what changes it asks for its cells anew.

These are the files of its preset, parts and codec, and what they import of the same packages. Comments and docstrings
do not count. Files that all methods share beyond those, such as the network's, are left to the tests of p2pbo.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import p2pbo
from p2pbo.algorithms import ALGORITHMS, PARTS
from p2pbo.compression import CODECS
from p2pbo.config import Description

ROOT = Path(p2pbo.__file__).parents[1]
PACKAGES = ("p2pbo.algorithms", "p2pbo.asynchronous", "p2pbo.compression")
"""The packages in which imports are followed."""


def source_digest(run: Description) -> str:
    """Return the digest of what the method of a run is made of."""
    found = hashlib.sha256()
    for path in sorted(method_files(run)):
        found.update(f"{path.relative_to(ROOT)}\n{_code(path)}\n".encode())
    return found.hexdigest()[:12]


def method_files(run: Description) -> set[Path]:
    """Return the files that the method of a run is made of."""
    found: set[Path] = set()
    ahead = [*_first(run)]
    while ahead:
        path = ahead.pop()
        if path not in found:
            found.add(path)
            ahead += _imported(path)
    return found


def _first(run: Description) -> Iterator[Path]:
    """Yield the files of a run's preset, of its parts and of its codecs."""
    yield _file(ALGORITHMS[run.algorithm.name].make)
    for part, registry in PARTS.items():
        chosen = run.algorithm.settings.get(part)
        names = chosen.values() if isinstance(chosen, Mapping) else () if chosen is None else (chosen,)
        yield from (_file(registry[name].make) for name in names)
    for codec in run.codec.split(","):
        yield _file(CODECS[codec.rpartition("=")[2].partition(":")[0]].make)
    if run.asynchronous == "on":
        yield from (ROOT / "p2pbo" / "asynchronous").glob("*.py")


def _file(made: Any) -> Path:
    return Path(inspect.getfile(inspect.unwrap(made)))


@cache
def _imported(path: Path) -> tuple[Path, ...]:
    """Return the files that a file imports from the packages; of a package itself, none."""
    modules = [
        node.module
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(PACKAGES)
    ]
    paths = (ROOT.joinpath(*module.split(".")).with_suffix(".py") for module in modules)
    return tuple(path for path in paths if path.exists())


@cache
def _code(path: Path) -> str:
    """Return the code of a file, without comments and docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [one for one in body if not _is_text(one)] or [ast.Pass()]  # type: ignore[attr-defined]
    return ast.unparse(tree)


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
