"""The commands of the command line, and the exit codes of their errors."""

from __future__ import annotations

import errno
import os
import sys
import time
import warnings

from typer.core import TyperGroup
from typer.exceptions import TyperException

from p2pbo.cli.command_on_demand import PASS_ON, CommandOnDemand
from p2pbo.cli.streams import OutputStream
from p2pbo.errors import InputError, Notice
from p2pbo.runner.mpi_world import ends_all_on_first_error, launched_rank
from p2pbo.runner.process.exit_codes import (
    INTERRUPTED,
    REPORT_SECONDS,
    exit_code,
    print_error,
    raised_on_all_ranks,
)
from p2pbo.runner.process.signals import signals_ignored

COMMANDS = [
    CommandOnDemand(
        "run",
        "p2pbo.cli.commands.run",
        "Run one method on one problem over one network.",
        "p2pbo run --algorithm mdbo --topology ring --steps 200",
    ),
    CommandOnDemand(
        "launch",
        "p2pbo.cli.commands.launch",
        "Start P ranks with the MPI of this Python and do `p2pbo run` on them.",
        "p2pbo launch -n 4 --algorithm mdbo --steps 200",
        **PASS_ON,
    ),
    CommandOnDemand(
        "sweep",
        "p2pbo.cli.commands.sweep",
        "Run all combinations of lists of values for the flags of `p2pbo run`.",
        "p2pbo sweep --algorithm mdbo,vrdbo --seed 0,1 --out DIR",
    ),
    CommandOnDemand(
        "tune",
        "p2pbo.cli.commands.tune",
        "Search the best settings of one or many methods, with the same budget for each.",
        "p2pbo tune --algorithm mdbo,vrdbo --steps 200 --out DIR",
    ),
    CommandOnDemand(
        "topology",
        "p2pbo.cli.commands.topology",
        "Report on a topology: its graph, mixing weights and spectral gap; or study several side by side.",
        "p2pbo topology ring --nodes 8",
    ),
    CommandOnDemand(
        "show",
        "p2pbo.cli.commands.show",
        "Show what traces hold: method, problem, topology, status and final figures.",
        "p2pbo show mdbo.h5",
    ),
    CommandOnDemand(
        "watch",
        "p2pbo.cli.commands.watch",
        "Watch a run that goes on: its last row, and the curve of its loss.",
        "p2pbo watch mdbo.h5",
    ),
    CommandOnDemand(
        "plot",
        "p2pbo.cli.commands.plot",
        "Plot runs: curves are labelled with what differs between them.",
        "p2pbo plot mdbo.h5 vrdbo.h5 --out loss.png",
    ),
    CommandOnDemand(
        "compare",
        "p2pbo.cli.commands.compare",
        "Compare what runs took to reach a target: iterations, MB sent per node and seconds.",
        "p2pbo compare mdbo.h5 vrdbo.h5 --target upper_loss=0.4",
    ),
    CommandOnDemand(
        "report",
        "p2pbo.cli.commands.report",
        "Write one HTML page about folders of runs: tables, figures, settings, versions.",
        "p2pbo report DIR",
    ),
    CommandOnDemand(
        "list",
        "p2pbo.cli.commands.catalogue",
        "List algorithms and their parts, problems, data, partitions, topologies, weights, codecs and runs.",
        "p2pbo list vrdbo",
    ),
]

APP = TyperGroup(
    name="p2pbo",
    commands=COMMANDS,
    help="Decentralized bilevel optimization, peer to peer on MPI.",
    no_args_is_help=True,
)

PATH_ERRORS = (errno.ENAMETOOLONG, errno.ELOOP, errno.ENOTDIR, errno.EACCES)
"""The system's errors about a path that cannot be one, wherever it was used."""

_usual = warnings.formatwarning


def _shown(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, line: str | None = None
) -> str:
    """Return a notice on one line, without the line of code that it comes from; other warnings as usual."""
    if issubclass(category, Notice):
        return f"p2pbo: warning: {message}\n"
    return _usual(message, category, filename, lineno, line)


def _of_path(error: BaseException) -> BaseException:
    """Return the error, as an :class:`InputError` where it is about a path that cannot be used."""
    if isinstance(error, OSError) and error.errno in PATH_ERRORS and error.filename is not None:
        cause = f"cannot be used ({error.strerror})"
        return InputError(os.fsdecode(error.filename), cause, "check the path")
    return error


def _with_remedy(message: str) -> str:
    """Return what is wrong with a command line, followed by one that is right."""
    command = APP.commands.get(next(iter(sys.argv[1:]), ""))
    remedy = "p2pbo --help lists the commands"
    if isinstance(command, CommandOnDemand):
        remedy = f"write for example {command.example} (all flags: p2pbo {command.name} --help)"
    return f"{message} {remedy}" if message.endswith("?") else f"{message.rstrip('.')}; {remedy}"


def run_command_line(output: OutputStream) -> int:
    """Run the command, print its error if there is one, and return the exit code.

    What fails on all ranks alike is printed by rank 0 alone. ``output`` is where standard output goes.
    """
    warnings.formatwarning = _shown
    prints = not launched_rank()
    try:
        code: int = APP(standalone_mode=False)
        if code == INTERRUPTED:  # typer makes an exit code of KeyboardInterrupt
            raise KeyboardInterrupt
        sys.stdout.flush()
        if not code:
            output.check()
    except TyperException as error:
        message = " ".join(error.format_message().split())  # none where the help has been printed instead
        if prints and message:
            print(f"p2pbo: {_with_remedy(message)}", file=sys.stderr, flush=True)
        if not prints:
            _let_rank_0_print(alike=True)
        code = error.exit_code
    except (Exception, KeyboardInterrupt) as raised:
        problem = _of_path(raised)
        alike = isinstance(problem, InputError) or raised_on_all_ranks(problem)
        if not prints:
            _let_rank_0_print(alike)
        if prints or not alike:
            with signals_ignored():
                print_error(problem)
        code = exit_code(problem)
    return code


def _let_rank_0_print(alike: bool) -> None:
    """Wait for the end of rank 0, which ends this rank too; a rank that ended before it could silence its report.

    Where all ranks fail alike this matters only to a launcher that ends all ranks with the first one.
    """
    if ends_all_on_first_error():
        time.sleep(3 * REPORT_SECONDS)
    elif not alike:
        time.sleep(REPORT_SECONDS)
