"""p2pbo: peer-to-peer decentralized bilevel optimization on MPI.

``import p2pbo`` is enough for all of these: ``p2pbo.problems.ClosedForm`` needs no import of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from p2pbo.on_demand import imported_on_demand
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
else:
    __getattr__, __dir__ = imported_on_demand(__name__)

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
