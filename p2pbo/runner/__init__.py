"""Runner: puts one run together and carries it out."""

from p2pbo.runner.entry import run
from p2pbo.runner.failure import Diverged
from p2pbo.runner.job import execute
from p2pbo.runner.setup import Objects

__all__ = ["Diverged", "Objects", "execute", "run"]
