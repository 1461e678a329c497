"""``p2pbo sweep``: runs for all combinations of values, in a folder, resumable, with a table at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from p2pbo.analysis import sweep_summary
from p2pbo.cli import flags
from p2pbo.cli.progress import Progress
from p2pbo.cli.sweep_progress import SweepProgress
from p2pbo.cli.terminal import Terminal
from p2pbo.config.sweep import Sweep, SweepPoint
from p2pbo.errors import InputError
from p2pbo.runner.mpi_world import launched_rank, world
from p2pbo.runner.process.exit_codes import BAD_INPUT, CRASHED, print_error
from p2pbo.runner.sweep.folder import SweepFolder
from p2pbo.runner.sweep.points import check_points, in_this_process, on_ranks, run_point, run_points
from p2pbo.runner.sweep.slurm import SCRIPT, write_script

PANEL = "Points of the sweep"
"""The panel of help for the flags of the sweep itself."""


@flags.with_run_flags(lists=True)
def sweep(
    source: Annotated[
        Path | None,
        typer.Argument(
            metavar="SWEEP.toml|FOLDER",
            help="A sweep's file, or the name of one that comes with p2pbo (gao2023-fig1-a9a); or the folder of one "
            "to go on with.",
        ),
    ] = None,
    *,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where the traces go.", show_default="runs/out/SWEEP"),
    ] = None,
    ranks: Annotated[
        int | None, typer.Option("-n", min=1, help="Start as many MPI ranks on this machine for each point.")
    ] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUES", help="Any field, such as algorithm.eta=0.1,0.2; may be repeated."
        ),
    ] = None,
    slurm: Annotated[
        bool,
        typer.Option(
            "--slurm",
            help="Run nothing; write a Slurm job array, sweep.sh, into the folder.",
            rich_help_panel=PANEL,
        ),
    ] = False,
    time: Annotated[
        str | None,
        typer.Option(
            help="With --slurm: the time limit of a task, which is queued again until its points are done.",
            show_default="01:00:00, or as before",
            rich_help_panel=PANEL,
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="With --slurm: how many tasks run at once.",
            show_default="16, or as before",
            rich_help_panel=PANEL,
        ),
    ] = None,
    point: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Run this point of FOLDER alone, on a launcher's ranks if there is one.",
            rich_help_panel=PANEL,
        ),
    ] = None,
    summary: Annotated[
        bool,
        typer.Option("--summary", help="Run nothing; sum up what there is in FOLDER.", rich_help_panel=PANEL),
    ] = False,
    quiet: flags.Quiet = False,
    **lists: str | bool | None,
) -> None:
    r"""Run all combinations of lists of values for the flags of `p2pbo run`.

    --topology ring,torus --codec none,randk:0.1 --seed 0:5 are 2 × 2 × 5 points; 0:5 is 0,1,2,3,4. A comma starts a
    new value, except before y=… and z=… (none,x=randk:2000,y=randk:200 are two codecs) and in brackets and quotes.
    In SWEEP.toml the lists are in a table \[sweep] (topology = ["ring", "torus"], "algorithm.eta" = [0.1, 0.2], seed =
    "0:5"), fields that are set together in \[\[sweep.cases]], and all else as for a run. Flags beat the file.

    FOLDER holds sweep.json, one trace for each point, and at the end summary.csv and summary.parquet. The same command
    again, or p2pbo sweep FOLDER, runs what is missing; with more values it adds their points. A point that fails is
    reported and does not stop the others; Ctrl-C, and a signal that asks the point to stop, ends the sweep. Exit
    codes: 0 all points are done, 1 some failed, 2 bad input, 75 stopped on request, 130 interrupted; with --point
    those of p2pbo run.
    """
    axes = flags.axes(lists, assignments or ())
    if point is not None or summary:
        if source is None or axes or out or ranks or slurm:
            mode = "--summary" if summary else f"--point {point}"
            raise InputError(
                mode, "goes with the folder of a sweep and nothing else", f"p2pbo sweep FOLDER {mode}"
            )
        folder = SweepFolder(source)
        points = folder.recorded().points()
        if point is not None:
            _run_one(folder, points, point, quiet)
        else:
            _check_begun(folder, points)
            _sum_up(folder, points, {}, quiet)
        return
    _check_without_slurm({"--time": time, "--limit": limit} if not slurm else {})
    flags.check_alone("the sweep", "run one point with --point N")
    asked = _source(source).over(axes)
    points = asked.points()
    _check(points, ranks)
    path = flags.output_folder(source, out, asked.base)
    if path is None:
        raise InputError("the sweep", "has no folder for its traces", "give --out FOLDER")
    folder = SweepFolder(path)
    folder.check_names(points)
    with folder.locked():
        missing = folder.missing(points)
        folder.record(asked)
        if slurm:
            _write_slurm(folder, missing, ranks, time, limit)
        else:
            problems = _run_all(folder, missing, ranks, quiet)
            _sum_up(folder, points, problems, quiet)
            raise typer.Exit(CRASHED if problems else 0)


def _source(source: Path | None) -> Sweep:
    if source is None:
        return Sweep({}, [{}], {})
    return SweepFolder(source).recorded() if source.is_dir() else Sweep.from_file(source)


def _check_without_slurm(tasks: Mapping[str, object]) -> None:
    """Check that flags for the tasks of a Slurm array are not given where there is none.

    Raises:
        InputError: one is.
    """
    for flag, given in tasks.items():
        if given is not None:
            raise InputError(flag, "is for the tasks of a Slurm array", f"add --slurm, or leave {flag} out")


def _check(points: Sequence[SweepPoint], ranks: int | None) -> None:
    """Check all points; print each error on one line, and exit where there is one."""
    try:
        check_points(points, ranks)
    except ExceptionGroup as problems:
        for problem in problems.exceptions:
            print_error(problem)
        raise typer.Exit(BAD_INPUT) from None


def _run_one(folder: SweepFolder, points: Sequence[SweepPoint], index: int, quiet: bool) -> None:
    if index >= len(points):
        cause = f"is not among the sweep's {len(points)} points"
        raise InputError(f"--point {index}", cause, f"give 0 to {len(points) - 1}")
    point = points[index]

    def wait() -> None:
        if not quiet:
            print(f"{point.name}: waiting for the process that runs it", flush=True)

    with Progress(quiet) as progress:
        run_point(folder, point, world(), progress.show, wait)
    if not quiet and not launched_rank():
        print(f"trace: {folder.trace(point)}")


def _run_all(
    folder: SweepFolder, missing: Sequence[SweepPoint], ranks: int | None, quiet: bool
) -> dict[str, str]:
    """Run the missing points; return the errors of those that failed, by name."""
    with SweepProgress(folder.path, len(missing), quiet).live() as progress:
        start = on_ranks(folder, ranks) if ranks else in_this_process(folder, progress)
        ends = list(run_points(missing, start, progress))
    folder.tidy()
    return {end.point.name: end.problem for end in ends if end.problem is not None}


def _write_slurm(
    folder: SweepFolder,
    missing: Sequence[SweepPoint],
    ranks: int | None,
    time: str | None,
    limit: int | None,
) -> None:
    if not missing:
        print(f"all points are done; sum them up: p2pbo sweep {folder.path} --summary")
        return
    adapted = (folder.path / SCRIPT).exists()
    script = write_script(folder.path, missing, ranks, time, limit)
    then = "all else in the script is as it was; now" if adapted else "adapt the first lines, then"
    print(f"{len(missing)} point{'s' * (len(missing) > 1)}; {then}:  sbatch {script}")
    print(f"afterwards:  p2pbo sweep {folder.path} --summary")


def _check_begun(folder: SweepFolder, points: Sequence[SweepPoint]) -> None:
    """Check that there is something to sum up.

    Raises:
        InputError: no point has been run.
    """
    if not any(folder.result(point).trace for point in points):
        raise InputError(
            f"{folder.path}", f"holds no trace of its {len(points)} points", f"p2pbo sweep {folder.path}"
        )


def _sum_up(
    folder: SweepFolder, points: Sequence[SweepPoint], problems: Mapping[str, str], quiet: bool
) -> None:
    """Write the summary of the sweep, and print it."""
    results = [folder.result(point, problems.get(point.name)) for point in points]
    paths = sweep_summary.write_summary(results, folder.path)
    if quiet:
        return
    console = Terminal()
    console.print(sweep_summary.summary_table(results))
    for line in (*sweep_summary.shortfall(results), f"summary: {', '.join(map(str, paths))}"):
        console.print(line, soft_wrap=True, highlight=False)
