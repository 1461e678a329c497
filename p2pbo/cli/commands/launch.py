"""``p2pbo launch``: ``p2pbo run`` on ranks that it starts itself, and starts again where they end by accident."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from p2pbo.cli.flags import description_from
from p2pbo.config import Description
from p2pbo.config.flag import Panel
from p2pbo.config.run_flags import RUN_FLAGS
from p2pbo.errors import Notice, notices_if
from p2pbo.network import Placement
from p2pbo.runner.output_files import check_output_path, check_path_lengths
from p2pbo.runner.process.hosts import parse_hosts
from p2pbo.runner.process.supervisor import RESUME, Job, supervise
from p2pbo.runner.timeline.files import check_timeline_path, merge_left


def launch(
    context: typer.Context,
    ranks: Annotated[int, typer.Option("-n", min=1, help="Ranks to start.")],
    restarts: Annotated[
        int,
        typer.Option(
            min=0,
            help="How often ranks that end by accident are started again, with --resume.",
            rich_help_panel=Panel.CLUSTER,
        ),
    ] = 0,
    hosts: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:RANKS,…",
            help="Where ranks run, in this order, and how many; a restart leaves out hosts that do not answer.",
            show_default="this machine",
            rich_help_panel=Panel.CLUSTER,
        ),
    ] = None,
) -> None:
    """Start P ranks with the MPI of this Python and do `p2pbo run` on them.

    All other arguments are those of `p2pbo run`. Unknown names, refused settings and topologies, and more ranks than
    nodes are found before any rank starts.

    SIGTERM, SIGUSR1 and the end of the terminal let the ranks finish their step and write a checkpoint (exit code 75),
    and so does Ctrl-C (130); SIGTERM or Ctrl-C once more ends them at once. Hosts that vanish end them, too (69).
    """
    description = _checked(context, ranks)
    if restarts and description.checkpoint_every is None:
        warnings.warn(
            Notice(
                f"--restarts {restarts} without --checkpoint-every starts the run anew; add --checkpoint-every STEPS"
            ),
            stacklevel=1,
        )
    out = Path(description.out) if description.out else None
    if out is not None:
        (check_path_lengths if RESUME in context.args else check_output_path)(out)
    timeline = Path(description.timeline) if description.timeline else None
    if timeline is not None:
        check_timeline_path(timeline)
    job = Job(
        ranks,
        context.args,
        out,
        parse_hosts(hosts, ranks) if hosts is not None else (),
        fault_tolerant=description.on_failure == "continue",
    )
    try:
        code = supervise(job, restarts)
    finally:
        if timeline is not None:
            merge_left(timeline, ranks, running=False)
    sys.exit(code)  # what typer exits with 130 would be reported as an interrupt here, too


def _checked(context: typer.Context, ranks: int) -> Description:
    """Check the run's arguments here, so that a mistake is one line, without the launcher's remarks on failed ranks."""
    parent = context.parent
    assert parent is not None and isinstance(parent.command, TyperGroup)
    values = parent.command.commands["run"].make_context("run", list(context.args), parent=parent).params
    given = {flag.name: values[flag.name] for flag in RUN_FLAGS}
    description = description_from(values["source"], given, values["assignments"]).resolve()
    with notices_if(False):  # the run itself says it
        Placement(description.build_topology().nodes, ranks)
    return description
