"""Many traces side by side, as one xarray dataset with a dimension ``run``.

Each file is opened twice: first to see what there is, so that every array is made once and in its final size, then
to read its rows into their places. A thousand runs need little more memory than their figures.
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
from p2pbo.trace.formula_changes import tell_apart
from p2pbo.trace.reading.contents import Contents
from p2pbo.trace.reading.opening import look, refusing_other_files
from p2pbo.trace.reading.run_index import Run
from p2pbo.trace.reading.status import is_written, status_of
from p2pbo.trace.schema import SCHEMA, Field
from p2pbo.trace.settings import column, differing

if TYPE_CHECKING:
    import xarray

Source = str | Path | Iterable[str | Path]


def open_traces(source: Source, names: str | Iterable[str] | None = None) -> xarray.Dataset:
    """Return the traces of many runs in one dataset, with coordinates that tell the runs apart.

    Variables have the dims (run, step) or (run, step, node). Where a run has not logged a step or a figure, or has
    fewer nodes than others, there is NaN; counts are integers where no run lacks any. The coordinates of ``run`` are
    its label (the file's name), path, status, seed, nodes, ranks, spectral_gap, algorithm, problem, data, partition,
    topology, weights and codec, and every other setting that is not the same in all runs, such as ``algorithm.eta``.

    Args:
        source: a folder that holds traces (.h5), a pattern such as ``"runs/**/*.h5"``, or paths. Runs that are still
            going on come as far as they are.
        names: read these variables alone; by default all that the runs log at each step.

    A :class:`Notice` names those whose figures are others than those of this version of p2pbo.

    Raises:
        InputError: there is no such file, one is truncated or no trace, no run has logged a variable of ``names``,
            or xarray is not installed.
    """
    new_dataset = analysis_module("xarray").Dataset
    paths = _paths(source)
    runs = [_surveyed(path) for path in paths]
    tell_apart((run.facts["path"], run.version, run.outdated) for run in runs)
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
        **{name: ("run", column(values)) for name, values in _told_apart(runs).items()},
    }
    dataset: xarray.Dataset = new_dataset(variables, coordinates)
    return dataset


def _paths(source: Source) -> list[Path]:
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


def _surveyed(path: Path) -> Run:
    with refusing_other_files(path):
        written = is_written(path)
        return look(path, lambda contents: Run.of(path, contents, status_of(contents, written)))


def _fields(runs: Sequence[Run], names: str | Iterable[str] | None) -> dict[str, Field]:
    """Return what to read: all that any run has logged, or ``names`` of it."""
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


def _empty(runs: Sequence[Run], field: Field, size: tuple[int, int]) -> NDArray[Any]:
    """Room for one variable of all runs: NaN where they do not fill it."""
    shape = (len(runs), *size[: len(field.dims)])
    dtype = np.result_type(*(run.dtypes[field.name] for run in runs if field.name in run.fields))
    if all(run.fills(field, size) for run in runs):
        return np.empty(shape, dtype)
    return np.full(shape, np.nan, np.result_type(dtype, np.float32))  # int64 becomes float64


def _read(path: Path, run: Run, at: NDArray[np.intp], parts: Mapping[str, NDArray[Any]]) -> None:
    """Read a run's figures into its parts of all runs' variables, at the rows ``at`` of these."""

    def read(contents: Contents) -> None:
        for name, part in parts.items():
            shape = run.size[: part.ndim]
            if shape == part.shape:
                contents.fill(name, part)
            else:
                own = np.empty(shape, part.dtype)
                contents.fill(name, own)
                part[(at, slice(run.size[1]))[: part.ndim]] = own

    with refusing_other_files(path):
        look(path, read)


def _labels(paths: Sequence[Path]) -> list[str]:
    """Return the paths without what is common to all, and without their ending."""
    whole = [path.absolute() for path in paths]
    folder = commonpath([path.parent for path in whole])
    return [str(path.relative_to(folder).with_suffix("")) for path in whole]


def _told_apart(runs: Sequence[Run]) -> dict[str, list[Any]]:
    """Return the values of all runs by the names of what is said of a run."""
    facts = {name: [run.facts[name] for run in runs] for name in runs[0].facts}
    others = differing([run.settings for run in runs])
    return facts | {name: [run.settings.get(name) for run in runs] for name in others}


def _meaning(field: Field) -> dict[str, str]:
    return {"units": field.units, "long_name": field.long_name}
