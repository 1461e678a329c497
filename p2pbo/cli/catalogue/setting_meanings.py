"""What settings mean: the sections ``Args`` and ``Settings`` of the docstrings of what has them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from p2pbo.algorithms import ALGORITHMS, Composition, CustomAlgorithm
from p2pbo.algorithms.submodels import Submodels
from p2pbo.cli.catalogue.method_parts import KINDS, method_parts

SECTION = re.compile(r"^(?:Args|Settings):\n((?:[ ]+.*\n?)+)", re.MULTILINE)
ITEM = re.compile(r"^ {4}(\w[\w, ]*): (.*(?:\n {5,}.*)*)", re.MULTILINE)


def meanings(make: Callable[..., Any]) -> Mapping[str, str]:
    """Return the meaning of each setting that the docstring of a callable explains; a class inherits them."""
    found: dict[str, str] = {}
    for owner in reversed(make.__mro__) if inspect.isclass(make) else [make]:
        for section in SECTION.findall(inspect.cleandoc(owner.__doc__ or "")):
            for names, text in ITEM.findall(section):
                found |= dict.fromkeys(names.split(", "), " ".join(text.split()))
    return found


def method_meanings(name: str) -> Mapping[str, str]:
    """Return the meaning of each setting of a method, as its parts explain them."""
    found: dict[str, str] = {}
    for owner in _owners(name):
        found |= meanings(owner)
    return found


def _owners(name: str) -> Iterator[Callable[..., Any]]:
    """Yield what a method has its settings from; the later explains what both have."""
    preset = ALGORITHMS.make(name)
    for kind, names in method_parts(name).items():
        for part in dict.fromkeys(names.values()):
            yield KINDS[kind][part].make
    if isinstance(preset, Composition):
        yield from (type(preset.notation), Composition)
    if isinstance(preset, CustomAlgorithm):
        yield from (CustomAlgorithm, Submodels, preset.make)
