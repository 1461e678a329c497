"""The folder of a search: what was asked for (``tune.json``), Optuna's studies, and the trace of each trial's runs.

``study.journal`` holds a study for each method, as Optuna's journal storage writes them: ``optuna-dashboard`` opens it.
"""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from p2pbo.config.sources import from_json
from p2pbo.errors import InputError
from p2pbo.extras import require
from p2pbo.runner.folder_locks import folder_lock, is_unlocked, unusable
from p2pbo.runner.output_files import check_path_lengths
from p2pbo.runner.resume.start_point import remove_output
from p2pbo.runner.tuning.method import TunedMethod
from p2pbo.runner.tuning.search import Search

if TYPE_CHECKING:
    from optuna.storages import BaseStorage

RECORD, STUDY = "tune.json", "study.journal"


class TuneFolder:
    """The folder ``path``, which need not exist yet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._record = path / RECORD

    def storage(self) -> BaseStorage:
        """Return Optuna's storage of the studies.

        Raises:
            InputError: Optuna is not installed.
        """
        require("optuna", extra="tune")
        from p2pbo.runner.tuning.journal import open_journal

        return open_journal(self.path / STUDY)

    def recorded(self) -> Search:
        """Return what was asked for here.

        Raises:
            InputError: nothing was.
        """
        if not self._record.exists():
            raise InputError(f"{self.path}", f"holds no {RECORD}", "give the folder of p2pbo tune")
        return Search.from_json(f"{self._record}", from_json(self._record))

    def record(self, search: Search) -> None:
        """Write what is asked for into the folder, and make it.

        Raises:
            InputError: the folder cannot be made, or holds something else.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if not self._record.exists() and any(
                not held.name.startswith(".") for held in self.path.iterdir()
            ):
                raise InputError(f"{self.path}", f"holds files but no {RECORD}", "choose another --out")
        except OSError as error:
            raise unusable(self.path, error) from None
        with self.locked("record"):
            new = self.path / f".{RECORD}"
            new.write_text(json.dumps(search.as_json(), indent=2) + "\n", encoding="utf-8")
            new.replace(self._record)

    def check_names(self, method: TunedMethod) -> None:
        """Check that the files of a method's trials fit here, before anything is written.

        Raises:
            InputError: a name would be too long.
        """
        for trace in self.traces(method, 10**6):
            check_path_lengths(trace)

    def traces(self, method: TunedMethod, number: int) -> list[Path]:
        """Return where the traces of a trial's runs lie, one for each seed."""
        name = trial_name(method, number)
        if len(method.seeds) == 1:
            return [self.path / f"{name}.h5"]
        return [self.path / f"{name},seed={seed}.h5" for seed in method.seeds]

    def remove_traces(self, method: TunedMethod, number: int) -> None:
        """Remove what a trial that died has left."""
        for trace in self.traces(method, number):
            remove_output(trace)

    def locked(self, name: str) -> AbstractContextManager[None]:
        """Keep other processes out, inside, of what has this name."""
        return folder_lock(self.path, name)

    def is_running(self, method: TunedMethod, number: int) -> bool:
        """Tell whether some process runs a trial."""
        return not is_unlocked(self.path, trial_name(method, number))


def trial_name(method: TunedMethod, number: int) -> str:
    """Return the name of a trial: ``mdbo-0003``."""
    return f"{method.name}-{number:04}"
