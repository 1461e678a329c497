"""The catalogue of problems that can be named on the command line, and what each is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from p2pbo.problems.problem import Problem
from p2pbo.registry import Registry


@dataclass(frozen=True)
class ProblemContext:
    """The facts that a registered problem is made from: how many nodes, which seed, which data on which nodes."""

    nodes: int
    seed: int = 0
    data: str = "a9a"
    data_options: Mapping[str, Any] = field(default_factory=dict)
    partition: str = "iid"


PROBLEMS: Registry[Problem] = Registry("problem", "p2pbo.problems.catalogue")
"""Functions ``(context, /, *, settings) -> Problem``, one file each in ``catalogue/``."""
