"""The runner: from a description to a run's trace, in one process or on the ranks of MPI."""

from p2pbo.runner.api import run
from p2pbo.runner.assembly import UserObjects
from p2pbo.runner.execution import execute
from p2pbo.runner.process.abort import Diverged
from p2pbo.runner.process.signals import Stopped

__all__ = ["Diverged", "Stopped", "UserObjects", "execute", "run"]
