"""The folder of a sweep: what was asked for (``sweep.json``), and one complete trace for each point, ``NAME.h5``.

A trace is written in ``unfinished/`` and gets its place when its run is complete, so that a file in its place is a
complete one whenever the sweep was killed. Locks lie in ``.locks/`` and end with the process that holds them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from p2pbo.analysis.html_report.folder import UNFINISHED
from p2pbo.analysis.sweep_summary import PointResult
from p2pbo.config import Description
from p2pbo.config.description import NOT_PART_OF_IDENTITY
from p2pbo.config.sources import from_json
from p2pbo.config.sweep import Sweep, SweepPoint
from p2pbo.errors import InputError
from p2pbo.runner.folder_locks import folder_lock, unusable
from p2pbo.runner.output_files import check_path_lengths
from p2pbo.runner.resume.checkpoints import remove_checkpoints
from p2pbo.runner.resume.start_point import remove_output
from p2pbo.trace import COMPLETED, DIVERGED, Trace, open_trace

RECORD = "sweep.json"


class SweepFolder:
    """The folder ``path``, which need not exist yet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._record = path / RECORD
        self._unfinished = path / UNFINISHED

    def trace(self, point: SweepPoint) -> Path:
        """Return where the point's complete trace lies."""
        return self.path / f"{point.name}.h5"

    def unfinished(self, point: SweepPoint) -> Path:
        """Return where the point's trace lies while it is not complete."""
        return self._unfinished / f"{point.name}.h5"

    def recorded(self) -> Sweep:
        """Return what was asked for here.

        Raises:
            InputError: nothing was.
        """
        if not self._record.exists():
            raise InputError(f"{self.path}", f"holds no {RECORD}", "give the folder of a sweep")
        return Sweep.from_json(f"{self._record}", from_json(self._record))

    def record(self, sweep: Sweep) -> None:
        """Write what is asked for into the folder."""
        new = self.path / f".{RECORD}"
        new.write_text(json.dumps(sweep.as_json(), indent=2) + "\n", encoding="utf-8")
        new.replace(self._record)

    def check_names(self, points: Sequence[SweepPoint]) -> None:
        """Check that all files of these points fit here, before anything is written.

        Raises:
            InputError: a name would be too long.
        """
        for point in points:
            check_path_lengths(self.unfinished(point))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes, inside, from sweeping in this folder.

        Raises:
            InputError: one has it, or the folder holds something else than a sweep or cannot be made.
        """
        try:
            in_use = any(not held.name.startswith(".") for held in self.path.iterdir())
            if in_use and not self._record.exists():
                raise InputError(f"{self.path}", f"holds files but no {RECORD}", "choose another --out")
        except FileNotFoundError:
            pass
        except OSError as error:
            raise unusable(self.path, error) from None

        def refuse() -> None:
            raise InputError(
                f"{self.path}", "is being swept by another process", "wait for its end, or stop it"
            )

        with folder_lock(self.path, "sweep", refuse):
            yield

    @contextmanager
    def locked_point(self, point: SweepPoint, wait: Callable[[], None]) -> Iterator[None]:
        """Keep other processes, inside, from running the point; call ``wait`` where one has to be waited for."""
        with folder_lock(self.path, point.name, wait):
            yield

    def missing(self, points: Sequence[SweepPoint]) -> list[SweepPoint]:
        """Return the points whose trace is still to be made; a trace whose point has a new name is renamed.

        Raises:
            InputError: there is a complete trace of another run under a point's name, or a trace of no point.
        """
        wanted = {self.trace(point): identity(point.description.portable()) for point in points}
        places = {run: path for path, run in wanted.items()}
        found = {path: completed_description(path) for path in sorted(self.path.glob("*.h5"))}
        moves: dict[Path, Path] = {}
        for path, run in found.items():
            if path in wanted:
                if run is not None and identity(run) != wanted[path]:
                    raise _other_run(path)
                continue
            place = places.get(identity(run)) if run is not None else None
            if place is None or found.get(place) is not None:
                remedy = "sweep its values, too, move it away, or choose another --out"
                raise InputError(f"{path}", "belongs to no point of this sweep", remedy)
            moves[path] = place
        for path, place in moves.items():
            path.replace(place)
        done = {path for path, run in found.items() if run is not None}.union(moves.values())
        return [point for point in points if self.trace(point) not in done]

    def needs_run(self, point: SweepPoint) -> bool:
        """Tell whether the point is still to be run; what is left of an attempt at another run is removed.

        Raises:
            InputError: there is a complete trace of another run under its name.
        """
        run = completed_description(self.trace(point))
        if run is None:
            self.trace(point).unlink(missing_ok=True)
            begun = _readable(self.unfinished(point))
            if begun is None or identity(begun.description) != identity(point.description.portable()):
                remove_output(self.unfinished(point))
        elif identity(run) != identity(point.description.portable()):
            raise _other_run(self.trace(point))
        return run is None

    def keep(self, point: SweepPoint) -> None:
        """Move the point's trace, which is complete now, to its place."""
        self.unfinished(point).replace(self.trace(point))
        remove_checkpoints(self.unfinished(point))

    def result(self, point: SweepPoint, problem: str | None = None) -> PointResult:
        """Return the result of the point; ``problem`` is what is known of it beside its trace."""
        held = next((path for path in (self.trace(point), self.unfinished(point)) if path.exists()), None)
        trace = _readable(held) if held else None
        status = trace.status if trace else "not run"
        if problem and not status.startswith(DIVERGED):  # which says as much
            status = problem
        return PointResult(point.name, point.description.portable(), status, trace)

    def tidy(self) -> None:
        """Remove the folder of unfinished traces if there are none."""
        with suppress(OSError):
            self._unfinished.rmdir()


def completed_description(path: Path) -> Mapping[str, Any] | None:
    """Return the description of the complete run whose trace is ``path``; None where there is none.

    Settings that p2pbo did not have yet when the trace was made have their defaults.
    """
    trace = _readable(path)
    if trace is None or trace.status != COMPLETED:
        return None
    try:
        return Description.parse(trace.description).resolve().portable()
    except InputError:  # of a version that knew other settings: another run
        return trace.description


def _readable(path: Path) -> Trace | None:
    try:
        return open_trace(path)
    except InputError:
        return None


def identity(description: Mapping[str, Any]) -> str:
    """Return a text that two descriptions share exactly if they are of the same run."""
    kept = {key: value for key, value in description.items() if key not in NOT_PART_OF_IDENTITY}
    return json.dumps(kept, sort_keys=True)


def _other_run(path: Path) -> InputError:
    cause = "is complete, but of a run with other settings"
    return InputError(f"{path}", cause, "choose another --out, or remove it")
