"""Runner: puts one run together and carries it out."""

from p2pbo.runner.api import run
from p2pbo.runner.assembly import Objects
from p2pbo.runner.execution import execute
from p2pbo.runner.process.abort import Diverged
from p2pbo.runner.process.signals import Stopped

__all__ = ["Diverged", "Objects", "Stopped", "execute", "run"]
