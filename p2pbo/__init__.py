"""p2pbo: peer-to-peer decentralized bilevel optimization on MPI."""

from __future__ import annotations

import importlib
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from p2pbo.errors import InputError
    from p2pbo.problems import NodeData, Problem
    from p2pbo.runner import run
    from p2pbo.topology import Topology
    from p2pbo.trace import Trace, open_trace, open_traces

__all__ = ["InputError", "NodeData", "Problem", "Topology", "Trace", "open_trace", "open_traces", "run"]

__version__ = version("p2pbo")

_HOME = {
    "InputError": "errors",
    "NodeData": "problems",
    "Problem": "problems",
    "Topology": "topology",
    "Trace": "trace",
    "open_trace": "trace",
    "open_traces": "trace",
    "run": "runner",
}


def __getattr__(name: str) -> Any:
    """Import the public names when they are first used: ``--help`` and trace readers need few of them."""
    if name not in _HOME:
        raise AttributeError(f"module 'p2pbo' has no attribute {name!r}")
    return getattr(importlib.import_module(f"p2pbo.{_HOME[name]}"), name)
