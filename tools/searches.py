"""Searches of step sizes from a script: the same study as `p2pbo tune` makes, in a folder that it goes on with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from p2pbo.config.sweep import Sweep
from p2pbo.runner.tuning.folder import TuneFolder
from p2pbo.runner.tuning.parameter import Parameter
from p2pbo.runner.tuning.search import Search
from p2pbo.runner.tuning.study import Ended, MethodStudy
from p2pbo.runner.tuning.trial import run_trial
from p2pbo.runner.tuning.worker import work
from p2pbo.trace import TraceRow


class Progress:
    """A line for each trial."""

    def begin(self, study: MethodStudy, number: int) -> None:
        """Say nothing yet."""

    def show(self, row: TraceRow, steps: int) -> None:
        """Say nothing of rows."""

    def end(self, study: MethodStudy, number: int, ended: Ended, seconds: float) -> None:
        """Print how the trial has ended."""
        share = study.spent / study.budget.amount
        value = "" if ended.value is None else f"{ended.value:.6f}"
        print(
            f"{study.folder.path.name} {share:4.0%} {number}: {ended.outcome} {value} {seconds:.2g} s",
            flush=True,
        )


def search_of(run: Mapping[str, Any], space: Mapping[str, Parameter], **settings: Any) -> Search:
    """Return the search of one method: what is given for its run by field, its space, and flags of the search."""
    sweep = Sweep({}, [{}], {field: [value] for field, value in run.items()})
    return Search(sweep, {}, {}).over({}, space, settings)


def searched(folder: Path, search: Search) -> MethodStudy:
    """Go on with a search of one method until its budget is spent; return its study."""
    place, methods = TuneFolder(folder), search.methods()
    place.record(search)
    study = MethodStudy(place, place.storage(), methods[0], search, search.budget(methods))
    work([study], run_trial, Progress())
    return study
