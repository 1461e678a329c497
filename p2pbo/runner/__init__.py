"""The runner: from a description to a run's trace, in one process or on the ranks of MPI."""

from typing import TYPE_CHECKING

from p2pbo.on_demand import imported_on_demand

if TYPE_CHECKING:
    from p2pbo.runner.api import run
    from p2pbo.runner.assembly import UserObjects
    from p2pbo.runner.execution import execute
    from p2pbo.runner.process.exit_codes import Diverged
    from p2pbo.runner.process.signals import Stopped
else:
    __getattr__, __dir__ = imported_on_demand(__name__)

__all__ = ["Diverged", "Stopped", "UserObjects", "execute", "run"]
