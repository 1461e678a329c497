"""The contents of folders of traces: completed and other runs, and files that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from p2pbo.errors import InputError
from p2pbo.trace import COMPLETED, Trace, TraceRow
from p2pbo.trace.reading.reader import open_silently, warn_of_versions

UNFINISHED = "unfinished"
"""The subfolder of a sweep that holds the traces of runs that go on or failed."""
TIME, SENT = "wall_time", "bytes_sent"


@dataclass(frozen=True)
class SweepPlan:
    """The plan of a sweep: the runs that it consists of.

    Attributes:
        cases: fields that are set together, by name; or one case without fields.
        axes: the values of every other field.
        points: the names of the runs.
    """

    cases: Sequence[Mapping[str, Any]]
    axes: Mapping[str, Sequence[Any]]
    points: Sequence[str]


@dataclass(frozen=True)
class ReportRun:
    """A run of a report, as it was when its trace was read.

    Attributes:
        name: the name of its file, relative to the folder.
        trace: its trace.
        status: ``completed``, ``running``, ``interrupted``, ``stopped`` or ``failed: …``.
        attributes: the attributes of its file.
        last: its last logged row, if any.
    """

    name: str
    trace: Trace
    status: str
    attributes: dict[str, Any]
    last: TraceRow | None

    @property
    def seconds(self) -> float:
        """The wall-clock time from its first step to its last logged one."""
        return self.last.metrics.get(TIME, 0.0) if self.last else 0.0

    @property
    def sent(self) -> float:
        """The payload that all its nodes have sent, in bytes."""
        return (
            float(self.last.node_metrics[SENT].sum()) if self.last and SENT in self.last.node_metrics else 0.0
        )


@dataclass(frozen=True)
class TraceFolder:
    """A folder of traces, or several together.

    Attributes:
        runs: the runs whose traces are in the folder.
        unfinished: the runs whose traces are in its subfolder ``unfinished``.
        unreadable: the names of files that are no complete traces, and what is wrong with them.
        missing: the names of expected runs without a file.
    """

    runs: list[ReportRun]
    unfinished: list[ReportRun]
    unreadable: dict[str, str]
    missing: list[str]

    @property
    def everything(self) -> list[ReportRun]:
        """All runs whose traces can be read, unfinished ones included."""
        return [*self.runs, *self.unfinished]

    @property
    def outdated(self) -> list[ReportRun]:
        """The runs of older versions of p2pbo whose results differ."""
        return [run for run in self.everything if run.trace.outdated]

    @property
    def logged(self) -> list[Trace]:
        """The traces of ``runs`` with a logged row, which can be compared and drawn."""
        return [run.trace for run in self.runs if run.last]

    @property
    def last(self) -> dict[Trace, TraceRow]:
        """The last rows of the completed ones of ``runs``."""
        return {run.trace: run.last for run in self.runs if run.last and run.status == COMPLETED}


def read_places(places: Sequence[Path]) -> TraceFolder:
    """Read the traces of several folders, and single ones, as those of one folder; names begin with their places.

    Raises:
        InputError: a place is neither a folder with traces nor a trace.
    """
    found = [_named(place, read_folder(place)) if place.is_dir() else _single(place) for place in places]
    return TraceFolder(
        [run for folder in found for run in folder.runs],
        [run for folder in found for run in folder.unfinished],
        {name: reason for folder in found for name, reason in folder.unreadable.items()},
        [],
    )


def _named(place: Path, folder: TraceFolder) -> TraceFolder:
    """Return a folder whose names begin with its place."""
    runs, unfinished = (
        [replace(run, name=f"{place}/{run.name}") for run in part]
        for part in (folder.runs, folder.unfinished)
    )
    return TraceFolder(
        runs, unfinished, {f"{place}/{name}": why for name, why in folder.unreadable.items()}, []
    )


def _single(file: Path) -> TraceFolder:
    trace = open_silently(file)
    warn_of_versions([trace])
    return TraceFolder([_run(str(file), trace)], [], {}, [])


def _run(name: str, trace: Trace) -> ReportRun:
    return ReportRun(name, trace, trace.status, trace.attributes, trace.last)


def read_folder(path: Path, expected: Sequence[str] = ()) -> TraceFolder:
    """Read all files ``*.h5`` in the folder ``path`` and in its subfolder ``unfinished``.

    Args:
        path: the folder.
        expected: the names, without ``.h5``, of the runs that should be there.

    Raises:
        InputError: there is no such folder, it holds no such file, or none that is a trace.
    """
    if not path.is_dir():
        raise InputError(f"{path}", "is no folder", "give the folder that holds the traces")
    files, unfinished_files = sorted(path.glob("*.h5")), sorted((path / UNFINISHED).glob("*.h5"))
    unreadable: dict[str, str] = {}
    runs = list(_opened(files, path, unreadable))
    unfinished = list(_opened(unfinished_files, path, unreadable))
    if not runs and not unfinished:
        broken = f", only {', '.join(unreadable)}, which cannot be read" if unreadable else ""
        raise InputError(
            f"{path}", f"is a folder without traces (*.h5){broken}", "give the folder that holds them"
        )
    warn_of_versions(run.trace for run in (*runs, *unfinished))
    found = {file.stem for file in (*files, *unfinished_files)}
    return TraceFolder(runs, unfinished, unreadable, [name for name in expected if name not in found])


def _opened(files: Sequence[Path], folder: Path, unreadable: dict[str, str]) -> Iterator[ReportRun]:
    """Yield the runs of files that are traces, and put what is wrong with others into ``unreadable``."""
    for file in files:
        name = file.relative_to(folder).as_posix()
        try:
            yield _run(name, open_silently(file))
        except InputError as error:
            unreadable[name] = str(error).removeprefix(f"{file} ")
