"""The reader: a trace is opened for each look and closed again, so it may still be growing.

Plain arrays need h5py only; xarray is imported when labelled data are asked for.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import h5py
import numpy as np
from numpy.typing import NDArray

from p2pbo.errors import InputError, did_you_mean
from p2pbo.extras import analysis_module
from p2pbo.trace.netcdf import dimensions, has_values
from p2pbo.trace.schema import STEP, Field, field_for

if TYPE_CHECKING:
    import xarray

T = TypeVar("T")

PAUSES = (0.001, 0.01, 0.1)  # seconds between looks at a file that is just being written
COORDINATES = ("step", "node", "edge", "edge_source", "edge_target")


@dataclass(frozen=True)
class Final:
    """The state after the last step: x (K, dim_x), y (K, dim_y), z (K, dim_z) or None without z."""

    x: NDArray[np.floating]
    y: NDArray[np.floating]
    z: NDArray[np.floating] | None


class Trace:
    """One run's trace, in a file (``path``) or in memory (``path`` is None).

    Attributes:
        path: the file.
        description: the resolved description of the run.
    """

    def __init__(self, source: Path | bytes) -> None:
        self.path = source if isinstance(source, Path) else None
        self._source = source
        self.description: dict[str, Any] = json.loads(self.attributes["description"])

    def __repr__(self) -> str:
        return f"<Trace {self.subject}: {self.rows} logged steps, {self.status}>"

    def __contains__(self, name: object) -> bool:
        return name in self._look(_variables)

    def __getitem__(self, name: str) -> xarray.DataArray:
        """The variable ``name`` with dims (step,), (step, node), …, its coordinates, units and long_name.

        Raises:
            InputError: there is no such variable, or xarray is not installed.
        """
        self._check(name)
        return self._look(lambda file: _labelled(file, [name]))[name]

    @property
    def attributes(self) -> dict[str, Any]:
        """The file's attributes: version, seed, spectrum, MPI library, start time, exit status, …"""
        return self._look(_attributes)

    @property
    def status(self) -> str:
        """``running``, ``completed``, ``interrupted`` or ``failed: …``; a killed run stays ``running``."""
        return str(self.attributes["exit_status"])

    @property
    def rows(self) -> int:
        """The number of logged steps."""
        return self._look(_rows)

    @property
    def metrics(self) -> list[str]:
        """The names of what was logged at each step."""
        return [name for name in self._look(_logged) if name != "step"]

    @property
    def dataset(self) -> xarray.Dataset:
        """Everything, with the file's attributes.

        Raises:
            InputError: xarray is not installed.
        """
        return self._look(lambda file: _labelled(file, _variables(file))).assign_attrs(self.attributes)

    @property
    def final(self) -> Final:
        """The state after the last step.

        Raises:
            InputError: the run has not come to its end.
        """
        if "final_x" not in self or "final_y" not in self:
            cause = f"has no final state, its run is {self.status}"
            raise InputError(self.subject, cause, "use the trace of a completed run")
        z = self.values("final_z") if "final_z" in self else None
        return Final(self.values("final_x"), self.values("final_y"), z)

    def values(self, name: str) -> NDArray[Any]:
        """The variable ``name`` as a plain array; needs no xarray.

        Raises:
            InputError: there is no such variable.
        """
        self._check(name)
        return self._look(lambda file: _values(file[name], _rows(file)))

    def field(self, name: str) -> Field:
        """The dimensions, unit and meaning of the variable ``name``.

        Raises:
            InputError: there is no such variable.
        """
        self._check(name)
        return self._look(lambda file: field_for(name, dimensions(file[name]), file[name].dtype.str))

    def save(self, path: Path) -> None:
        """Copy the trace to ``path``.

        Raises:
            InputError: ``path`` exists already or cannot be written.
        """
        image = self._source.read_bytes() if isinstance(self._source, Path) else self._source
        try:
            with Path(path).open("xb") as copy:
                copy.write(image)
        except OSError as error:
            cause = f"cannot be written ({error.strerror}: {error.filename})"
            raise InputError(f"{path}", cause, "choose another path") from None

    @property
    def subject(self) -> str:
        """What messages call it: its path, if it has one."""
        return f"{self.path or 'trace in memory'}"

    def _check(self, name: str) -> None:
        names = self._look(_variables)
        if name not in names:
            raise InputError(self.subject, f"has no '{name}'", did_you_mean(name, names))

    def _look(self, at: Callable[[h5py.File], T]) -> T:
        """What ``at`` finds in the file; tried again if the writer was just then writing."""
        for pause in PAUSES:
            try:
                with _open(self._source) as file:
                    return at(file)
            except (OSError, RuntimeError):
                time.sleep(pause)
        with _open(self._source) as file:
            return at(file)


def open_trace(path: Path | str) -> Trace:
    """The trace in the file ``path``; its run may still be going on.

    Raises:
        InputError: the file does not exist, is truncated or is not a trace.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}", "does not exist", "give the path of a trace that p2pbo run wrote")
    try:
        return Trace(path)
    except (OSError, RuntimeError) as error:
        cause = "cannot be read as HDF5 and may be truncated"
        raise InputError(f"{path}", cause, f"run again or restore it ({error})") from None
    except (KeyError, ValueError):
        raise InputError(f"{path}", "is not a p2pbo trace", "give a file that p2pbo run wrote") from None


def _open(source: Path | bytes) -> h5py.File:
    if isinstance(source, bytes):
        return h5py.File(io.BytesIO(source), "r")
    try:
        return h5py.File(source, "r", locking=False)
    except OSError:  # HDF5 refuses a second opening in this process that locks differently (xarray locks)
        return h5py.File(source, "r")


def _attributes(file: h5py.File) -> dict[str, Any]:
    return {
        name: value.item() if isinstance(value, np.generic) else value for name, value in file.attrs.items()
    }


def _labelled(file: h5py.File, names: Iterable[str]) -> xarray.Dataset:
    rows = _rows(file)
    dims = {dim for name in names for dim in dimensions(file[name])}
    coordinates = [name for name in COORDINATES if dims.issuperset(dimensions(file[name]))]
    variables = {
        name: (
            dimensions(file[name]),
            _values(file[name], rows),
            {key: file[name].attrs[key] for key in ("units", "long_name")},
        )
        for name in [*names, *coordinates]
    }
    dataset: xarray.Dataset = analysis_module("xarray").Dataset(variables)
    return dataset.set_coords(coordinates)


def _variables(file: h5py.File) -> list[str]:
    return [name for name, dataset in file.items() if has_values(dataset)]


def _logged(file: h5py.File) -> list[str]:
    return [name for name in _variables(file) if dimensions(file[name])[:1] == STEP]


def _rows(file: h5py.File) -> int:
    """Rows that every logged variable has: a writer may be in the middle of the next one."""
    rows: int = min(file[name].shape[0] for name in _logged(file))
    return rows


def _values(dataset: h5py.Dataset, rows: int) -> NDArray[Any]:
    if h5py.check_string_dtype(dataset.dtype):
        return np.array(dataset.asstr()[...], dtype=str)
    array: NDArray[Any] = dataset[:rows] if dimensions(dataset)[:1] == STEP else dataset[...]
    return array
