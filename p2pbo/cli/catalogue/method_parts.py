"""The parts of methods by kind and variable, as pages of methods show them."""

from __future__ import annotations

from collections.abc import Mapping

from p2pbo.algorithms import ALGORITHMS
from p2pbo.algorithms.composition import PARTS
from p2pbo.algorithms.submodels import POLICIES

KINDS = {**PARTS, "masks": POLICIES}
"""The kinds of parts of methods, by the setting that names them."""


def method_parts(name: str) -> Mapping[str, Mapping[str, str]]:
    """Return the names of a method's parts by kind and variable; "name" stands for all variables that are not there."""
    chosen = ALGORITHMS.make(name).check(name, {})
    return {
        kind: {"name": chosen[kind]} if isinstance(chosen[kind], str) else chosen[kind]
        for kind in KINDS
        if chosen.get(kind) is not None
    }
