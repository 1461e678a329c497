"""``p2pbo run``: one run, on the ranks of the launcher or in this process."""

from __future__ import annotations

from typing import Any

from p2pbo.cli import flags
from p2pbo.cli.progress import Progress
from p2pbo.runner.assembly import UserObjects
from p2pbo.runner.execution import execute
from p2pbo.runner.mpi_world import warn_if_alone, world


@flags.with_run_flags()
def run(
    source: flags.Source = None,
    *,
    resume: flags.Resume = False,
    assignments: flags.Set = None,
    quiet: flags.Quiet = False,
    **given: Any,
) -> None:
    """Run one method on one problem over one network.

    Under mpiexec or srun the ranks host the nodes; else all nodes live in this process. The numbers are the same.
    """
    warn_if_alone()
    resume = resume or flags.is_checkpoint(source)
    with Progress(quiet) as progress:
        trace = execute(
            lambda: flags.description_from(source, given, assignments),
            UserObjects(),
            world(),
            progress.show,
            resume,
        )
    if trace is not None and not quiet:
        progress.print_result(trace)
