"""``p2pbo tune``: the best settings of one or many methods, searched with equal budgets, in a study that is a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from p2pbo.cli import flags
from p2pbo.cli.terminal import Terminal
from p2pbo.cli.tune_progress import TuneProgress
from p2pbo.config.sweep import Sweep, field_name
from p2pbo.errors import InputError
from p2pbo.extras import require
from p2pbo.network import Placement
from p2pbo.runner.mpi_world import world
from p2pbo.runner.process.exit_codes import CRASHED
from p2pbo.runner.tuning.best import write_best
from p2pbo.runner.tuning.folder import TuneFolder
from p2pbo.runner.tuning.method import TunedMethod
from p2pbo.runner.tuning.parameter import parse_space
from p2pbo.runner.tuning.ranks import on_ranks, run_on_these_ranks
from p2pbo.runner.tuning.report import remarks, report_table
from p2pbo.runner.tuning.search import Search
from p2pbo.runner.tuning.slurm import write_script
from p2pbo.runner.tuning.study import MethodStudy
from p2pbo.runner.tuning.trial import check_rows, run_trial
from p2pbo.runner.tuning.worker import work

PANEL = "Search"
"""The panel of help for the flags of the search itself."""


@flags.with_run_flags(lists=True)
def tune(
    source: Annotated[
        Path | None,
        typer.Argument(
            metavar="SPACE.toml|FOLDER", help="A search's file; or the folder of a search to go on with."
        ),
    ] = None,
    *,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where study and traces go.", show_default="runs/out/SPACE"),
    ] = None,
    space: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD=RANGE",
            help="What is searched besides step sizes, or over another range: algorithm.eta=0.001:1:log, "
            "algorithm.batch=16|64|256; separated by commas, and repeated.",
            show_default="each step size that is not given, from 1/100 to 10 times its default",
            rich_help_panel=PANEL,
        ),
    ] = None,
    budget: Annotated[
        float | None,
        typer.Option(
            help="What the trials of each method may spend together.",
            show_default="the steps of 40 whole trials",
            rich_help_panel=PANEL,
        ),
    ] = None,
    budget_unit: Annotated[
        str | None,
        typer.Option(
            help="What is counted: iterations, megabytes (per node), modelled or wall (seconds).",
            show_default="iterations",
            rich_help_panel=PANEL,
        ),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            help="The metric at the end of a trial that is to be best.",
            show_default="upper_loss",
            rich_help_panel=PANEL,
        ),
    ] = None,
    sampler: Annotated[
        str | None,
        typer.Option(
            help="Who proposes settings: tpe, random or grid.", show_default="tpe", rich_help_panel=PANEL
        ),
    ] = None,
    pruner: Annotated[
        str | None,
        typer.Option(
            help="Who ends poor trials early: median, halving or none.",
            show_default="median",
            rich_help_panel=PANEL,
        ),
    ] = None,
    ranks: Annotated[
        int | None, typer.Option("-n", min=1, help="Start as many MPI ranks on this machine for each trial.")
    ] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUES", help="Any field, such as algorithm.batch=100; may be repeated."
        ),
    ] = None,
    slurm: Annotated[
        bool,
        typer.Option(
            "--slurm",
            help="Run nothing; write a Slurm job array of workers, tune.sh, into the folder.",
            rich_help_panel=PANEL,
        ),
    ] = False,
    workers: Annotated[
        int, typer.Option(min=1, help="With --slurm: how many there are.", rich_help_panel=PANEL)
    ] = 4,
    time: Annotated[
        str, typer.Option(help="With --slurm: the time limit of a worker.", rich_help_panel=PANEL)
    ] = "01:00:00",
    trial: Annotated[
        str | None, typer.Option(hidden=True, help="Run this trial, which another process has begun.")
    ] = None,
    summary: Annotated[
        bool,
        typer.Option("--summary", help="Run nothing; sum up what there is in FOLDER.", rich_help_panel=PANEL),
    ] = False,
    quiet: flags.Quiet = False,
    **lists: str | bool | None,
) -> None:
    r"""Search the best settings of one or many methods, with the same budget for each.

    --algorithm mdbo,vrdbo --steps 200 --seed 0:2 tunes two methods; a trial has 200 steps with each of two seeds, and
    is judged by the mean of its last rows. Lists of other flags make more methods, as they make points of a sweep. All
    that trials have spent counts, of those that are pruned or diverge, too. In SPACE.toml methods are in tables
    \[sweep], ranges in \[space], flags of the search in \[tune] (budget = 20000), and all else as for a run. Flags beat
    the file. Needs Optuna: pip install 'p2pbo\[tune]'.

    FOLDER holds tune.json, the trace of each trial, METHOD-NUMBER.h5, Optuna's study.journal (optuna-dashboard opens
    it), and at the end best.toml, a sweep of the tuned methods. The same command again, or p2pbo tune FOLDER, goes on
    where it was interrupted or killed, with a larger --budget, too; several processes may do it at once. Exit codes: 0
    each method has a best trial, 1 one has none, 2 bad input, 75 stopped on request, 130 interrupted.
    """
    if trial is not None or summary:
        if source is None:
            raise InputError(
                "--trial" if trial else "--summary", "goes with the folder of a search", "name it"
            )
        _of_folder(TuneFolder(source), trial, quiet)
        return
    flags.check_alone("p2pbo tune", "start several, which share FOLDER")
    require("optuna", extra="tune")
    found = {
        "budget": budget,
        "budget_unit": budget_unit,
        "metric": metric,
        "sampler": sampler,
        "pruner": pruner,
    }
    given = {name: value for name, value in found.items() if value is not None}
    ranges = {field_name(field): part for field, part in parse_space(space or ()).items()}
    search = _source(source).over(flags.axes(lists, assignments or ()), ranges, given)
    methods = search.methods()
    _check(search, methods, ranks)
    path = flags.output_folder(source, out, search.sweep.base)
    if path is None:
        raise InputError("p2pbo tune", "has no folder for its study", "give --out FOLDER")
    folder = TuneFolder(path)
    for method in methods:
        folder.check_names(method)
    folder.record(search)
    studies = _studies(folder, search, methods)
    if slurm:
        threads = max(method.point.description.threads or 1 for method in methods)
        print(
            f"adapt the first lines, then:  sbatch {write_script(folder.path, workers, ranks, threads, time)}"
        )
        print(f"afterwards:  p2pbo tune {folder.path} --summary")
        return
    with TuneProgress(studies, quiet).live() as progress:
        work(studies, on_ranks(ranks) if ranks else run_trial, progress)
    raise typer.Exit(_sum_up(folder, studies, quiet))


def _source(source: Path | None) -> Search:
    if source is None:
        return Search(Sweep({}, [{}], {}), {}, {})
    return TuneFolder(source).recorded() if source.is_dir() else Search.from_file(source)


def _check(search: Search, methods: Sequence[TunedMethod], ranks: int | None) -> None:
    """Check, before anything is written, that all methods can be run and tell what is asked for.

    Raises:
        InputError: one cannot, or does not.
    """
    budget = search.budget(methods)
    for method in methods:
        Placement(method.point.nodes, ranks or 1)
        search.check_grid(method)
        check_rows(method, search.objective, budget)


def _studies(folder: TuneFolder, search: Search, methods: Sequence[TunedMethod]) -> list[MethodStudy]:
    storage, budget = folder.storage(), search.budget(methods)
    return [MethodStudy(folder, storage, method, search, budget) for method in methods]


def _of_folder(folder: TuneFolder, trial: str | None, quiet: bool) -> None:
    """Run a trial that another process has begun, or sum up what there is."""
    search = folder.recorded()
    methods = search.methods()
    if trial is None:
        raise typer.Exit(_sum_up(folder, _studies(folder, search, methods), quiet))
    name, _, number = trial.rpartition("-")
    (study,) = _studies(folder, search, [method for method in methods if method.name == name])
    run_on_these_ranks(study, int(number), world())


def _sum_up(folder: TuneFolder, studies: Sequence[MethodStudy], quiet: bool) -> int:
    """Write the best settings, and print the report; return the exit code."""
    paths = write_best(studies, folder.path)
    if not quiet:
        console = Terminal()
        console.print(report_table(studies))
        for line in remarks(studies):
            console.print(line, soft_wrap=True, highlight=False)
        if paths:
            used = max(seed for study in studies for seed in study.method.seeds) + 1
            print(f"the best settings: {', '.join(map(str, paths))}")
            print(
                f"compare them on seeds that they were not tuned on:  p2pbo sweep {paths[0]} --seed {used}:{used + 5}"
            )
    return CRASHED if any(study.best is None for study in studies) else 0
