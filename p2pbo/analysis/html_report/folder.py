"""What lies in a folder of traces: those of completed and of other runs, and files that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from p2pbo.errors import InputError
from p2pbo.trace import COMPLETED, Trace, TraceRow
from p2pbo.trace.reading.reader import open_silently, warn_of_versions

UNFINISHED = "unfinished"
"""The folder in a sweep's own in which traces lie while their runs go on, and where they stay if these fail."""
TIME, SENT = "wall_time", "bytes_sent"


@dataclass(frozen=True)
class Asked:
    """What a sweep was asked for.

    Attributes:
        cases: fields that are set together, by name; or one without any.
        axes: the values of every other field.
        points: the names of the runs.
    """

    cases: Sequence[Mapping[str, Any]]
    axes: Mapping[str, Sequence[Any]]
    points: Sequence[str]


@dataclass(frozen=True)
class Run:
    """One trace, as it was when it was looked at.

    Attributes:
        name: of its file, seen from the folder.
        trace: the trace.
        status: ``completed``, ``running``, ``interrupted``, ``stopped`` or ``failed: …``.
        attributes: of its file.
        last: its last logged row, if there is one.
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
class Folder:
    """A folder of traces.

    Attributes:
        path: the folder.
        runs: whose traces lie in it.
        drafts: whose traces lie in its folder ``unfinished``.
        unreadable: names of files that are no traces or truncated ones, and what is wrong with them.
        missing: names of runs that were asked for and have no file.
    """

    path: Path
    runs: list[Run]
    drafts: list[Run]
    unreadable: dict[str, str]
    missing: list[str]

    @property
    def everything(self) -> list[Run]:
        """All runs whose traces can be read."""
        return [*self.runs, *self.drafts]

    @property
    def outdated(self) -> list[Run]:
        """Runs of versions of p2pbo that computed something otherwise."""
        return [run for run in self.everything if run.trace.outdated]

    @property
    def logged(self) -> list[Trace]:
        """The traces of ``runs`` that have a row: what can be compared and drawn."""
        return [run.trace for run in self.runs if run.last]

    @property
    def last(self) -> dict[Trace, TraceRow]:
        """The last rows of those ``runs`` that are completed."""
        return {run.trace: run.last for run in self.runs if run.last and run.status == COMPLETED}


def survey(path: Path, asked: Sequence[str] = ()) -> Folder:
    """Look at all files ``*.h5`` in the folder ``path`` and in its folder ``unfinished``.

    Args:
        path: the folder.
        asked: the names, without ``.h5``, of the runs that should be there.

    Raises:
        InputError: there is no such folder, it holds no such file, or none that is a trace.
    """
    if not path.is_dir():
        raise InputError(f"{path}", "is no folder", "give the folder that holds the traces")
    files, drafts = sorted(path.glob("*.h5")), sorted((path / UNFINISHED).glob("*.h5"))
    unreadable: dict[str, str] = {}
    runs = list(_opened(files, path, unreadable))
    unfinished = list(_opened(drafts, path, unreadable))
    if not runs and not unfinished:
        broken = f", only {', '.join(unreadable)}, which cannot be read" if unreadable else ""
        raise InputError(
            f"{path}", f"is a folder without traces (*.h5){broken}", "give the folder that holds them"
        )
    warn_of_versions(run.trace for run in (*runs, *unfinished))
    found = {file.stem for file in (*files, *drafts)}
    return Folder(path, runs, unfinished, unreadable, [name for name in asked if name not in found])


def _opened(files: Sequence[Path], folder: Path, unreadable: dict[str, str]) -> Iterator[Run]:
    """Yield the runs of those files that are traces; what is wrong with the others goes into ``unreadable``."""
    for file in files:
        name = file.relative_to(folder).as_posix()
        try:
            trace = open_silently(file)
            yield Run(name, trace, trace.status, trace.attributes, trace.last)
        except InputError as error:
            unreadable[name] = str(error).removeprefix(f"{file} ")
