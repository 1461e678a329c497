"""Trials on MPI ranks: a process that tunes starts them for each trial, and rank 0 decides about pruning."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from p2pbo.errors import InputError
from p2pbo.runner.logging.logger import RowCallback
from p2pbo.runner.process.exit_codes import DIVERGED
from p2pbo.runner.process.launcher import mpiexec
from p2pbo.runner.process.signals import Stopped
from p2pbo.runner.sweep.points import RanksFailed, run_command
from p2pbo.runner.tuning.folder import trial_name
from p2pbo.runner.tuning.study import Ended, MethodStudy, Outcome
from p2pbo.runner.tuning.trial import START, diverged, run_trial
from p2pbo.runner.tuning.worker import TrialRunner
from p2pbo.trace import open_trace

if TYPE_CHECKING:
    import optuna
    from mpi4py import MPI

ENDED = "ended"
"""The user attribute in which rank 0 says what became of the trial."""


def on_ranks(ranks: int) -> TrialRunner:
    """Return a function that runs each trial on ranks that it starts.

    Raises:
        InputError: there is nothing to start them with.
    """
    mpiexec()

    def run(study: MethodStudy, trial: optuna.Trial, show: RowCallback) -> Ended:
        path = study.folder.path
        arguments = ["tune", str(path), "--trial", trial_name(study.method, trial.number), "--quiet"]
        try:
            run_command(ranks, arguments, Stopped(f"stopped on request; p2pbo tune {path} goes on"))
        except RanksFailed as error:
            if error.code != DIVERGED:
                raise
            return _diverged(study, trial, str(error))
        held: dict[str, Any] = study.study.get_trials(deepcopy=False)[trial.number].user_attrs[ENDED]
        return Ended(**{**held, "outcome": Outcome(held["outcome"])})

    return run


def run_on_these_ranks(study: MethodStudy, number: int, comm: MPI.Intracomm | None) -> None:
    """Run a trial that another process has proposed, on the ranks of ``comm``, and leave it what became of it.

    Raises:
        InputError: the trial does not run.
    """
    from optuna.trial import Trial, TrialState

    held = {trial.number: trial for trial in study.trials()}.get(number)
    if held is None or held.state != TrialState.RUNNING:
        raise InputError(
            f"--trial {trial_name(study.method, number)}", "is none that runs", "start it by p2pbo tune -n P"
        )
    trial = Trial(
        study.study, held._trial_id
    )  # Optuna's way to a trial of another process has no other name for it
    ended = run_trial(study, trial, comm=comm)
    if comm is None or comm.Get_rank() == 0:
        trial.set_user_attr(ENDED, asdict(ended))


def _diverged(study: MethodStudy, trial: optuna.Trial, problem: str) -> Ended:
    """Return the end of a trial whose ranks have ended their job, as its traces tell."""
    paths = study.folder.traces(study.method, trial.number)
    traces = [open_trace(path) for path in paths if path.exists()]
    return diverged(study, trial, [trace.last or START for trace in traces] or [START], problem)
