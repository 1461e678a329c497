"""The points of a sweep, run one after another; a point that fails does not stop the others."""

from __future__ import annotations

import json
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

import numpy as np

from p2pbo.config.sweep import SweepPoint
from p2pbo.errors import InputError
from p2pbo.network import Placement, Ranks
from p2pbo.runner.assembly import UserObjects
from p2pbo.runner.execution import execute
from p2pbo.runner.logging.logger import RowCallback
from p2pbo.runner.process.abort import abort_on_error
from p2pbo.runner.process.exit_codes import Diverged
from p2pbo.runner.process.launcher import mpiexec, start_ranks
from p2pbo.runner.process.signals import OutOfTime, Stopped
from p2pbo.runner.sweep.folder import SweepFolder
from p2pbo.trace import TraceRow

if TYPE_CHECKING:
    from mpi4py import MPI

PointRunner = Callable[[SweepPoint], None]
"""A function that runs a point and keeps its trace, or raises."""


class RanksFailed(RuntimeError):
    """The error that ranks ended with, on one line, and their exit code."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class Outcome:
    """The end of a point: ``problem`` is None where its trace is complete, else one line."""

    point: SweepPoint
    problem: str | None
    seconds: float


class SweepListener(Protocol):
    """A listener that is told of the progress of a sweep."""

    def begin(self, point: SweepPoint) -> None:
        """Note that this point comes next."""

    def wait(self) -> None:
        """Note that another process is running the point, and has to be waited for."""

    def show(self, row: TraceRow, steps: int) -> None:
        """Note that the point has logged a row."""

    def end(self, outcome: Outcome) -> None:
        """Note how the point has ended."""


def check_points(points: Sequence[SweepPoint], ranks: int | None = None) -> None:
    """Check every point's description, and that its nodes can share ``ranks``, before any is run.

    Raises:
        InputError: two points are the same run, or there is one problem.
        ExceptionGroup: there are several InputErrors; each is in it once.
    """
    problems: dict[str, InputError] = {}
    known: dict[str, SweepPoint] = {}
    for point in points:
        try:
            Placement(point.nodes, ranks or 1)
            twin = known.setdefault(json.dumps(point.description.portable(), sort_keys=True), point)
            if twin is not point:
                raise InputError(f"{point.name}", f"is the same run as {twin.name}", "leave one of them out")
        except InputError as error:
            problems.setdefault(str(error), error)
    if len(problems) == 1:
        raise next(iter(problems.values()))
    if problems:
        raise ExceptionGroup("impossible points", list(problems.values()))


def run_points(
    points: Sequence[SweepPoint], start: PointRunner, listener: SweepListener
) -> Iterator[Outcome]:
    """Run the points and yield how each ended; an interrupt stops all, and so does a request to stop.

    Raises:
        Stopped: a point has been asked to.
    """
    for point in points:
        listener.begin(point)
        began, problem = perf_counter(), None
        try:
            start(point)
        except Stopped as error:
            if not isinstance(error, OutOfTime):
                raise
            problem = in_one_line(error)
        except (Exception, SystemExit) as error:
            problem = in_one_line(error)
        outcome = Outcome(point, problem, perf_counter() - began)
        listener.end(outcome)
        yield outcome


def in_this_process(folder: SweepFolder, listener: SweepListener) -> PointRunner:
    """Return a function that runs a point in this process."""

    def start(point: SweepPoint) -> None:
        try:
            run_point(folder, point, None, listener.show, listener.wait)
        except OutOfTime:
            raise
        except Stopped:
            raise _stopped(folder) from None

    return start


def on_ranks(folder: SweepFolder, ranks: int) -> PointRunner:
    """Return a function that runs each point on ranks that it starts.

    Raises:
        InputError: there is nothing to start them with.
    """
    mpiexec()

    def start(point: SweepPoint) -> None:
        run_command(
            ranks, ["sweep", str(folder.path), "--point", str(point.index), "--quiet"], _stopped(folder)
        )

    return start


def run_command(ranks: int, arguments: Sequence[str], stopped: Stopped) -> None:
    """Run ``p2pbo ARGUMENTS`` on ranks of this machine, and wait for their end.

    Raises:
        RanksFailed: they have ended with an error; on the last line that p2pbo has said.
        KeyboardInterrupt: this process has been interrupted meanwhile.
        Stopped: it has been asked to stop; this is ``stopped``.
    """
    with tempfile.TemporaryFile() as said:
        ended = start_ranks(ranks, ["-m", "p2pbo", *arguments], stderr=said)
        said.seek(0)
        own = [line.strip(" \0") for line in said.read().decode(errors="replace").splitlines()]
    if ended.signal == signal.SIGINT:
        raise KeyboardInterrupt
    if ended.signal is not None:
        raise stopped
    if ended.code:
        found = [line.removeprefix("p2pbo: ") for line in own if line.startswith("p2pbo: ")]
        raise RanksFailed(found[-1] if found else f"exit code {ended.code}", ended.code)


def _stopped(folder: SweepFolder) -> Stopped:
    return Stopped(f"stopped on request; p2pbo sweep {folder.path} goes on")


def run_point(
    folder: SweepFolder,
    point: SweepPoint,
    comm: MPI.Intracomm | None,
    on_row: RowCallback | None,
    wait: Callable[[], None],
) -> None:
    """Run one point on the ranks of ``comm`` (None: in this process), unless it is done already.

    Raises:
        InputError: the run cannot start, or there is a complete trace of another run under its name; on all ranks.
        Diverged: a state became NaN or infinite (one rank only; several abort the job with exit code 3).
    """
    with abort_on_error(comm):
        ranks = Ranks(comm)
        first = ranks.rank == 0
        with folder.locked_point(point, wait) if first else nullcontext():
            missing = np.array([ranks.agree(lambda: first and folder.needs_run(point))])
            if ranks.broadcast(missing).any():
                description = point.description.model_copy(update={"out": str(folder.unfinished(point))})
                execute(lambda: description, UserObjects(), comm, on_row, resume=True)
                if first:
                    folder.keep(point)
        ranks.close()


def in_one_line(error: BaseException) -> str:
    """Return the error on one line, with its type where that says more than its text."""
    kind = (
        "" if isinstance(error, (InputError, Diverged, RanksFailed, Stopped)) else f"{type(error).__name__}: "
    )
    return " ".join(f"{kind}{error}".split())
