"""p2pbo: peer-to-peer decentralized bilevel optimization on MPI."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from p2pbo.version import VERSION

if TYPE_CHECKING:
    from p2pbo import algorithms as algorithms
    from p2pbo import analysis as analysis
    from p2pbo import compression as compression
    from p2pbo import data as data
    from p2pbo import errors as errors
    from p2pbo import network as network
    from p2pbo import problems as problems
    from p2pbo import randomness as randomness
    from p2pbo import runner as runner
    from p2pbo import testing as testing
    from p2pbo import topology as topology
    from p2pbo import trace as trace
    from p2pbo.errors import InputError, Notice, WriteError
    from p2pbo.problems import NodeData, Problem
    from p2pbo.runner import Diverged, Stopped, run
    from p2pbo.topology import Topology
    from p2pbo.trace import Trace, frames, open_trace, open_traces

__all__ = [
    "Diverged",
    "InputError",
    "NodeData",
    "Notice",
    "Problem",
    "Stopped",
    "Topology",
    "Trace",
    "WriteError",
    "frames",
    "open_trace",
    "open_traces",
    "run",
]

__version__ = VERSION

_HOME = {
    "Diverged": "runner",
    "InputError": "errors",
    "NodeData": "problems",
    "Notice": "errors",
    "Problem": "problems",
    "Stopped": "runner",
    "Topology": "topology",
    "Trace": "trace",
    "WriteError": "errors",
    "frames": "trace",
    "open_trace": "trace",
    "open_traces": "trace",
    "run": "runner",
}

_MODULES = (
    *("algorithms", "analysis", "compression", "data", "errors", "network"),
    *("problems", "randomness", "runner", "testing", "topology", "trace"),
)
"""The modules that ``import p2pbo`` gives access to: ``p2pbo.problems.ClosedForm`` needs no import of its own."""


def __getattr__(name: str) -> Any:
    """Import the public names when they are first used: ``--help`` and trace readers need few of them."""
    if name in _MODULES:
        return importlib.import_module(f"p2pbo.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'p2pbo' has no attribute {name!r}")
    return getattr(importlib.import_module(f"p2pbo.{_HOME[name]}"), name)
