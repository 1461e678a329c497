"""Runner: puts one run together and carries it out."""

from p2pbo.runner.entry import run
from p2pbo.runner.failure import Diverged
from p2pbo.runner.job import execute
from p2pbo.runner.setup import Objects
from p2pbo.runner.stopping import Stopped

__all__ = ["Diverged", "Objects", "Stopped", "execute", "run"]
