"""Many traces side by side, as one xarray dataset with a dimension ``run``.

Each file is opened twice: first for its entry in the index, so that every array is made once and in its final size,
then to read its rows into their places. A thousand runs need little more memory than their values.
"""

from __future__ import annotations

import glob
from collections.abc import Iterable, Mapping, Sequence
from os.path import commonpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.errors import InputError, did_you_mean
from p2pbo.extras import analysis_module
from p2pbo.trace.formula_changes import warn_of_changes
from p2pbo.trace.reading.contents import Contents
from p2pbo.trace.reading.opening import read_contents, trace_file_errors
from p2pbo.trace.reading.run_index import RunEntry
from p2pbo.trace.reading.status import is_written, status_of
from p2pbo.trace.schema import SCHEMA, Field
from p2pbo.trace.settings import differing_names, setting_array

if TYPE_CHECKING:
    import xarray

TraceSource = str | Path | Iterable[str | Path]


def open_traces(source: TraceSource, names: str | Iterable[str] | None = None) -> xarray.Dataset:
    """Return the traces of many runs in one dataset, with coordinates that tell the runs apart.

    Variables have the dims (run, step) or (run, step, node). A step or metric that a run has not logged, and a node
    that it does not have, is NaN; counts are integers where no run lacks any. The coordinates of ``run`` are its label
    (the file's name), path, status, seed, nodes, ranks, spectral_gap, algorithm, problem, data, partition,
    topology, weights and codec, and every other setting that differs between runs, such as ``algorithm.eta``.

    Args:
        source: a folder of traces (.h5), a pattern such as ``"runs/**/*.h5"``, or paths. Runs that are still going on
            are read as far as they are.
        names: the variables to read; by default all that the runs log at each step.

    A :class:`Notice` names the traces of older versions of p2pbo whose results differ.

    Raises:
        InputError: there is no such file, one is truncated or no trace, no run has logged a variable of ``names``,
            or xarray is not installed.
    """
    new_dataset = analysis_module("xarray").Dataset
    paths = _paths(source)
    runs = [_entry(path) for path in paths]
    warn_of_changes((run.facts["path"], run.version, run.outdated) for run in runs)
    fields = _fields(runs, names)
    steps = np.unique(np.concatenate([run.steps for run in runs]))
    size = len(steps), max(run.facts["nodes"] for run in runs)
    arrays = {name: _empty(runs, field, size) for name, field in fields.items()}
    for number, (path, run) in enumerate(zip(paths, runs, strict=True)):
        parts = {name: array[number] for name, array in arrays.items() if name in run.fields}
        _read(path, run, np.searchsorted(steps, run.steps), parts)
    variables = {
        name: (("run", *field.dims), arrays[name], _meaning(field)) for name, field in fields.items()
    }
    coordinates = {
        "run": _labels(paths),
        "step": ("step", steps, _meaning(SCHEMA["step"])),
        "node": ("node", np.arange(size[1]), _meaning(SCHEMA["node"])),
        **{name: ("run", setting_array(values)) for name, values in _run_coordinates(runs).items()},
    }
    dataset: xarray.Dataset = new_dataset(variables, coordinates)
    return dataset


def _paths(source: TraceSource) -> list[Path]:
    if not isinstance(source, (str, Path)):
        paths = list(dict.fromkeys(map(Path, source)))
        if not paths:
            raise InputError("the list of traces", "is empty", "give at least one path")
        return paths
    given = Path(source)
    if given.is_file():
        return [given]
    pattern = str(given / "*.h5" if given.is_dir() else given)
    matches = glob.glob(pattern, recursive=True)  # noqa: PTH207, which knows no absolute patterns
    found = sorted(path for path in map(Path, matches) if path.is_file())
    if not found:
        remedy = "give a folder of traces, or a pattern such as runs/**/*.h5"
        raise InputError(pattern, "matches no file", remedy)
    return found


def _entry(path: Path) -> RunEntry:
    with trace_file_errors(path):
        written = is_written(path)
        return read_contents(path, lambda contents: RunEntry.of(path, contents, status_of(contents, written)))


def _fields(runs: Sequence[RunEntry], names: str | Iterable[str] | None) -> dict[str, Field]:
    """Return the fields to read: all that any run has logged, or ``names`` of them."""
    logged: dict[str, Field] = {}
    for run in runs:
        logged = run.fields | logged
    chosen = list(logged) if names is None else [names] if isinstance(names, str) else list(names)
    for name in chosen:
        if name not in logged:
            raise InputError("none of the traces", f"has logged '{name}'", did_you_mean(name, logged))
        for run in runs:
            if run.fields.get(name, logged[name]).dims != logged[name].dims:
                cause = f"has other dimensions of {name} than {runs[0].facts['path']}"
                raise InputError(run.facts["path"], cause, "read them apart, or leave it out of names")
    return {name: logged[name] for name in chosen}


def _empty(runs: Sequence[RunEntry], field: Field, size: tuple[int, int]) -> NDArray[Any]:
    """Return an array for one variable of all runs, NaN where they do not fill it."""
    shape = (len(runs), *size[: len(field.dims)])
    dtype = np.result_type(*(run.dtypes[field.name] for run in runs if field.name in run.fields))
    if all(run.fills(field, size) for run in runs):
        return np.empty(shape, dtype)
    return np.full(shape, np.nan, np.result_type(dtype, np.float32))  # int64 becomes float64


def _read(path: Path, run: RunEntry, at: NDArray[np.intp], parts: Mapping[str, NDArray[Any]]) -> None:
    """Read the values of a run into its parts of the arrays of all runs, at their rows ``at``."""

    def read(contents: Contents) -> None:
        for name, part in parts.items():
            shape = run.size[: part.ndim]
            if shape == part.shape:
                contents.fill(name, part)
            else:
                own = np.empty(shape, part.dtype)
                contents.fill(name, own)
                part[(at, slice(run.size[1]))[: part.ndim]] = own

    with trace_file_errors(path):
        read_contents(path, read)


def _labels(paths: Sequence[Path]) -> list[str]:
    """Return the paths without their common folder and without their suffix."""
    whole = [path.absolute() for path in paths]
    folder = commonpath([path.parent for path in whole])
    return [str(path.relative_to(folder).with_suffix("")) for path in whole]


def _run_coordinates(runs: Sequence[RunEntry]) -> dict[str, list[Any]]:
    """Return the coordinates of ``run`` by name, a value for each run."""
    facts = {name: [run.facts[name] for run in runs] for name in runs[0].facts}
    others = differing_names([run.settings for run in runs])
    return facts | {name: [run.settings.get(name) for run in runs] for name in others}


def _meaning(field: Field) -> dict[str, str]:
    return {"units": field.units, "long_name": field.long_name}
