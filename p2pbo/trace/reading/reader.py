"""The reader of a trace, which is opened for each read and closed again, so that it may still grow.

Plain arrays need h5py only; xarray is imported for labelled data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from p2pbo.errors import InputError, did_you_mean
from p2pbo.extras import analysis_module
from p2pbo.trace.attributes import ENDED_BY, STEPS
from p2pbo.trace.formula_changes import FIRST_VERSION, changed_results, warn_of_changes
from p2pbo.trace.reading.contents import Contents
from p2pbo.trace.reading.html_summary import html_summary
from p2pbo.trace.reading.multipart import merged_image
from p2pbo.trace.reading.opening import read_contents, trace_file_errors
from p2pbo.trace.reading.pandas_frames import Dims, frames
from p2pbo.trace.reading.status import is_written, status_of
from p2pbo.trace.record import TraceRow
from p2pbo.trace.schema import SCHEMA, Field

if TYPE_CHECKING:
    import pandas
    import xarray

T = TypeVar("T")

COORDINATES = ("step", "node", "edge", "edge_source", "edge_target", "failure", "rank_pair")


@dataclass(frozen=True)
class Final:
    """The state after the last step: x (K, dim_x), y (K, dim_y), and z or u (K, dim_y) where a method has it."""

    x: NDArray[np.floating]
    y: NDArray[np.floating]
    z: NDArray[np.floating] | None = None
    u: NDArray[np.floating] | None = None


class Trace:
    """The trace of one run, in a file or in memory.

    Attributes:
        path: the file; None in memory.
    """

    def __init__(self, source: Path | bytes) -> None:
        self.path = source if isinstance(source, Path) else None
        self._source = source

    @cached_property
    def description(self) -> dict[str, Any]:
        """The resolved description of the run."""
        return self._read(lambda contents: contents.description)

    def __repr__(self) -> str:
        return f"<Trace {self.subject}: {self.rows} logged steps, {self.status}>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows for the trace: tables, and the loss as a small curve."""
        return html_summary(self)

    def __contains__(self, name: object) -> bool:
        return name in self._read(lambda contents: contents.names)

    def __getitem__(self, name: str) -> xarray.DataArray:
        """Return the variable ``name`` with dims (step,), (step, node), …, its coordinates, units and long_name.

        Raises:
            InputError: there is no such variable, or xarray is not installed.
        """
        return self._read_variable(name, lambda contents: _labelled(contents, [name]))[name]

    @property
    def attributes(self) -> dict[str, Any]:
        """The file's attributes: version, seed, spectrum, MPI library, start time, exit status, …"""
        return self._read(lambda contents: contents.attributes)

    @property
    def version(self) -> str:
        """The version of p2pbo that wrote the trace."""
        return str(self._read(lambda contents: contents.attribute("p2pbo_version")) or FIRST_VERSION)

    @property
    def outdated(self) -> list[str]:
        """The former behaviours of that version that give other results; empty if its results are the same."""
        return changed_results(self.version, self.description)

    @property
    def status(self) -> str:
        """The status: ``running``, ``completed``, ``interrupted``, ``stopped`` or ``failed: …``.

        One that its time limit has stopped is ``stopped: time limit``.
        A run that was killed is ``interrupted`` on its own host; on others, and in a copy, it is ``running, or ended
        without a word``.
        """
        written = self.path is None or is_written(self.path)  # a writer records the status before it lets go
        return self._read(lambda contents: status_of(contents, written))

    @property
    def ended_by(self) -> str | None:
        """What ended the run: ``steps``, ``until METRIC=VALUE`` or ``callback``.

        None of a run that has not come to its end, or of an older p2pbo.
        """
        found: str | None = self._read(lambda contents: contents.attribute(ENDED_BY))
        return found

    @property
    def ended_early(self) -> bool:
        """Whether a target or a callback has ended the run, as a complete one."""
        return self.ended_by not in (None, STEPS)

    @property
    def rows(self) -> int:
        """The number of logged steps."""
        return self._read(lambda contents: contents.rows)

    @property
    def metrics(self) -> list[str]:
        """The names of the logged metrics."""
        return [name for name in self._read(lambda contents: contents.logged) if name != "step"]

    @property
    def last(self) -> TraceRow | None:
        """The row of the last logged step; None where nothing is logged yet."""
        return next(iter(self.rows_from(-1)), None)

    def rows_from(self, first: int) -> list[TraceRow]:
        """Return the logged rows from number ``first`` on; -1 is the last one."""
        return self._read(lambda contents: _rows(contents, first))

    @property
    def dataset(self) -> xarray.Dataset:
        """All variables as an xarray dataset, with the file's attributes.

        Raises:
            InputError: xarray is not installed.
        """
        return self._read(
            lambda contents: _labelled(contents, contents.names).assign_attrs(contents.attributes)
        )

    def frames(self) -> dict[Dims, pandas.DataFrame]:
        """Return all variables as pandas frames, one for each set of dimensions.

        They are ``frames["step",]``, ``frames["step", "node"]``, ``frames["edge",]``, ``frames["node", "x_dim"]``, …

        Raises:
            InputError: xarray is not installed.
        """
        return frames(self.dataset)

    @property
    def final(self) -> Final:
        """The state after the last step.

        Raises:
            InputError: the run has not come to its end.
        """
        state = self._read(_final_state)
        if "x" not in state or "y" not in state:
            cause = f"has no final state, its run is {self.status}"
            raise InputError(self.subject, cause, "use the trace of a completed run")
        return Final(state["x"], state["y"], state.get("z"), state.get("u"))

    def values(self, name: str) -> NDArray[Any]:
        """Return the variable ``name`` as a plain array of its dimensions; needs no xarray.

        Raises:
            InputError: there is no such variable.
        """
        return self._read_variable(name, lambda contents: contents.values(name))

    def field(self, name: str) -> Field:
        """Return the dimensions, unit and meaning of the variable ``name``.

        Raises:
            InputError: there is no such variable.
        """
        return self._read_variable(name, lambda contents: contents.field(name))

    def save(self, path: Path, overwrite: bool = False) -> None:
        """Copy the trace to ``path`` as one file that one commit left, also while its run goes on.

        Raises:
            InputError: ``path`` exists already (without ``overwrite``), is this trace itself or cannot be written.
        """
        path = Path(path)
        if overwrite and path.exists() and self.path is not None and path.samefile(self.path):
            raise InputError(f"{path}", "cannot be a copy of itself", "choose another path")
        image = self._image()
        new = path.with_name(f"{path.name}.new") if overwrite else path
        try:
            with new.open("wb" if overwrite else "xb") as copy:
                copy.write(image)
            new.replace(path)
        except OSError as error:
            cause = f"cannot be written ({error.strerror}: {error.filename})"
            raise InputError(f"{path}", cause, "choose another path") from None

    @property
    def subject(self) -> str:
        """The name of the trace in messages: its path, if it has one."""
        return f"{self.path or 'trace in memory'}"

    def _image(self) -> bytes:
        """Return the image of one file that holds the trace."""
        if isinstance(self._source, bytes):
            return self._source
        with trace_file_errors(self._source):
            return merged_image(self._source)

    def _read(self, read: Callable[[Contents], T]) -> T:
        if self.path is None:
            return read_contents(self._source, read)
        with trace_file_errors(self.path):
            return read_contents(self._source, read)

    def _read_variable(self, name: str, read: Callable[[Contents], T]) -> T:
        def checked(contents: Contents) -> T:
            if name not in contents.names:
                raise InputError(self.subject, f"has no '{name}'", did_you_mean(name, contents.names))
            return read(contents)

        return self._read(checked)


def open_trace(path: Path | str) -> Trace:
    """Open the trace in the file ``path``, whose run may still be going on.

    A :class:`Notice` tells where it is of an older version of p2pbo whose results differ.

    Raises:
        InputError: the file does not exist, is truncated or is not a trace.
    """
    trace = open_silently(path)
    warn_of_versions([trace])
    return trace


def open_silently(path: Path | str) -> Trace:
    """Open the trace in the file ``path`` without a notice about its version; see :func:`open_trace`."""
    path = Path(path)
    trace = Trace(path)
    with trace_file_errors(path):
        trace.description  # noqa: B018, reading it tells a trace from other files
    return trace


def warn_of_versions(traces: Iterable[Trace]) -> None:
    """Give one :class:`Notice` for all traces of a version whose results differ."""
    warn_of_changes((trace.subject, trace.version, trace.outdated) for trace in traces)


def _rows(contents: Contents, first: int) -> list[TraceRow]:
    if not contents.rows:
        return []
    columns = {name: contents.values(name)[first:] for name in contents.logged}
    return [
        _row({name: values[at] for name, values in columns.items()}) for at in range(len(columns["step"]))
    ]


def _row(figures: dict[str, Any]) -> TraceRow:
    step = int(figures.pop("step"))
    metrics = {name: float(figure) for name, figure in figures.items() if not figure.ndim}
    return TraceRow(step, metrics, {name: figure for name, figure in figures.items() if figure.ndim})


def _final_state(contents: Contents) -> dict[str, NDArray[Any]]:
    return {v: contents.values(f"final_{v}") for v in "xyzu" if f"final_{v}" in contents.names}


def _labelled(contents: Contents, names: Iterable[str]) -> xarray.Dataset:
    fields = {name: contents.field(name) for name in names}
    dims = {dim for field in fields.values() for dim in field.dims}
    coordinates = [name for name in COORDINATES if dims.issuperset(SCHEMA[name].dims)]
    fields |= {name: SCHEMA[name] for name in coordinates}
    dataset: xarray.Dataset = analysis_module("xarray").Dataset(
        {
            name: (field.dims, contents.values(name), {"units": field.units, "long_name": field.long_name})
            for name, field in fields.items()
        }
    )
    return dataset.set_coords(coordinates)
